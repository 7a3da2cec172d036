"use strict";
// Filters and sorts the accounts of the plan that stands in the page as JSON. Everything is put in as text, never as markup.
(() => {
  const PAGE = 100;
  const byId = (id) => document.getElementById(id);
  const plan = JSON.parse(byId("plan").textContent);
  const column = { id: 0, name: 1, rule: 2, features: 3, states: 4 };
  const accounts = plan.accounts.map(([id, name, rule, features, states, own, entries]) => ({
    id, own, entries,
    rule,
    features,
    states,
    things: new Set(entries.map(([group]) => group)),
    cells: [
      id,
      name,
      rule < 0 ? "" : plan.rules[rule],
      features.map((feature) => plan.features[feature]).join(", "),
      states.map((state) => plan.states[state]).join(", "),
    ],
    search: [id, name, own, ...entries.map(([, , connector]) => connector || "")].join("\n").toLowerCase(),
  }));
  const filters = { text: byId("text"), rule: byId("rule"), feature: byId("feature"), state: byId("state"), thing: byId("thing") };
  const rows = byId("rows");
  const more = byId("more");
  const count = byId("count");
  let sorted = { by: column.id, down: false };
  let found = accounts;
  let shown = 0;

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const counted = (of) => {
    const counts = new Map();
    for (const account of accounts) for (const key of of(account)) counts.set(key, (counts.get(key) || 0) + 1);
    return counts;
  };
  const offer = (select, names, of) => {
    const counts = counted(of);
    names.forEach((name, key) => {
      if (!counts.has(key)) return;
      const option = element("option", `${name} (${counts.get(key)})`);
      option.value = String(key);
      select.append(option);
    });
  };

  const says = (entry, account) => {
    const [group, variant, connector] = entry;
    const { mark, subject, remark, common, variants } = plan.groups[group];
    const filled = (line) => line.replaceAll("\u0001", account.id).replaceAll("\u0002", account.own);
    const name = subject === "connector" ? `connector ${connector || account.own}` : subject;
    const block = element("div");
    block.append(element("span", mark.symbol, `mark ${mark.name}`), remark ? `${name} ${remark}` : name);
    for (const line of [...common, ...variants[variant]]) block.append(element("div", filled(line)));
    return block;
  };

  const row = (account) => {
    const made = element("tr");
    made.append(element("td", account.cells[0], "id"), ...account.cells.slice(1, 4).map((cell) => element("td", cell)));
    const last = element("td");
    if (account.entries.length === 0) last.textContent = account.cells[4];
    else {
      const details = element("details");
      details.append(element("summary", account.cells[4]));
      // Thousands of rows are never opened.
      details.addEventListener("toggle", () => {
        if (details.childElementCount === 1) details.append(...account.entries.map((entry) => says(entry, account)));
      });
      last.append(details);
    }
    made.append(last);
    return made;
  };

  const show = () => {
    const end = Math.min(found.length, shown + PAGE);
    rows.append(...found.slice(shown, end).map(row));
    shown = end;
    more.hidden = shown >= found.length;
    more.textContent = `Show ${Math.min(PAGE, found.length - shown)} more`;
    count.textContent = `${found.length} of ${accounts.length} accounts` + (shown < found.length ? `, the first ${shown} shown` : "");
  };

  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const update = () => {
    const text = filters.text.value.trim().toLowerCase();
    const chosen = (select) => (select.value === "" ? null : Number(select.value));
    const [rule, feature, state, thing] = [filters.rule, filters.feature, filters.state, filters.thing].map(chosen);
    found = accounts.filter((account) =>
      (text === "" || account.search.includes(text)) &&
      (rule === null || account.rule === rule) &&
      (feature === null || account.features.includes(feature)) &&
      (state === null || account.states.includes(state)) &&
      (thing === null || account.things.has(thing)));
    const sign = sorted.down ? -1 : 1;
    // Accounts come by id, and a sort keeps the order of what is equal.
    if (sorted.by !== column.id) found.sort((a, b) => sign * compare(a.cells[sorted.by], b.cells[sorted.by]));
    else if (sorted.down) found.reverse();
    rows.replaceChildren();
    shown = 0;
    show();
  };

  offer(filters.rule, plan.rules, (account) => (account.rule < 0 ? [] : [account.rule]));
  offer(filters.feature, plan.features, (account) => account.features);
  offer(filters.state, plan.states, (account) => account.states);
  offer(filters.thing, plan.groups.map(({ mark, subject, remark }) => `${mark.symbol} ${subject} ${remark}`.trim()), (account) => account.things);
  for (const filter of Object.values(filters)) filter.addEventListener("input", update);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => setTimeout(update));
  more.addEventListener("click", show);
  const heads = [...document.querySelectorAll("th[data-column]")];
  for (const head of heads) {
    head.querySelector("button").addEventListener("click", () => {
      const by = column[head.dataset.column];
      sorted = { by, down: sorted.by === by && !sorted.down };
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      update();
    });
  }
  byId("accounts").hidden = false;
  update();
})();
