// Opens pages with a table of accounts in a browser and uses them as people do. Arguments: where playwright-core is, the folder of the pages.
// Each page comes with what is expected of it: how many accounts there are after each filter.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, folder] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, "x.js"))("playwright-core");
const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  for (const { file, accounts, filters, last, names, detail } of expected) {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    const problems = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("request", (request) => request.url().startsWith("file:") || problems.push(`asks for ${request.url()}`));
    await page.goto(pathToFileURL(join(folder, file)).href);
    const count = () => page.locator("#count").textContent();
    const cells = (column) => page.locator(`#rows tr td:nth-child(${column})`).allTextContents();
    assert.ok((await count()).startsWith(`${accounts} of ${accounts} accounts`), await count());
    await page.screenshot({ path: join(folder, `${file}.png`) });

    let slowest = 0;
    for (const { by, value, left } of filters) {
      // Time from the event until the rows are laid out.
      const took = await page.evaluate(([by, value]) => {
        const filter = document.getElementById(by);
        const option = [...(filter.options || [])].find((option) => option.text.startsWith(value));
        if (filter.options && !option) throw new Error(`${by} does not offer ${value}`);
        const start = performance.now();
        filter.value = option ? option.value : value;
        filter.dispatchEvent(new Event("input", { bubbles: true }));
        document.body.getBoundingClientRect();
        return performance.now() - start;
      }, [by, value]);
      slowest = Math.max(slowest, took);
      assert.ok((await count()).startsWith(`${left} of ${accounts} accounts`), `${by} ${value}: ${await count()}`);
      await page.getByRole("button", { name: "Clear" }).click();
      await page.waitForFunction((all) => document.getElementById("count").textContent.startsWith(all), `${accounts} of`);
    }

    await page.locator("th[data-column=id] button").click();
    assert.equal((await cells(1))[0], last, "the last account comes first");
    assert.equal(await page.locator("th[aria-sort]").getAttribute("aria-sort"), "descending");
    await page.locator("th[data-column=name] button").click();
    assert.deepEqual((await cells(2)).slice(0, names.length), names);

    await page.locator("#text").fill(detail.account);
    assert.equal(await page.locator("#rows tr").count(), 1);
    await page.locator("#rows summary").click();
    await page.locator("#rows details div").first().waitFor();
    const said = await page.locator("#rows details").textContent();
    for (const part of detail.says) assert.ok(said.includes(part), `${part} is not in ${said}`);
    await page.locator("#text").fill("");
    if (accounts > 100) {
      assert.equal(await page.locator("#rows tr").count(), 100);
      await page.locator("#more").click();
      assert.equal(await page.locator("#rows tr").count(), 200);
    }
    assert.deepEqual(problems, []);
    console.log(`${file}: ${accounts} accounts, the slowest filter took ${slowest.toFixed(1)} ms`);
  }
} finally {
  await browser.close();
}
