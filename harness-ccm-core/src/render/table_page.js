"use strict";
// Filters and sorts the accounts of the table that the page holds as JSON. Everything is put in as text, never as markup.
(() => {
  const PAGE = 100;
  const byId = (id) => document.getElementById(id);
  const table = JSON.parse(byId("table").textContent);
  const accounts = table.rows.map(([texts, picks, own, entries]) => {
    let next = 0;
    const words = ({ filter }) => picks[filter].map((name) => table.filters[filter].names[name]).join(", ");
    const cells = table.columns.map((column) => (column.filter === undefined ? texts[next++] : words(column)));
    const connectors = entries.map(([, , connector]) => connector || "");
    return { id: cells[0], own, entries, picks, cells, search: [...texts, own, ...connectors].join("\n").toLowerCase() };
  });
  const text = byId("text");
  const filters = table.filters.map(({ id }) => byId(id));
  const rows = byId("rows");
  const more = byId("more");
  const count = byId("count");
  let sorted = { by: 0, down: false };
  let found = accounts;
  let shown = 0;

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const offer = (select, filter) => {
    const counts = table.filters[filter].names.map(() => 0);
    for (const account of accounts) for (const name of account.picks[filter]) counts[name] += 1;
    table.filters[filter].names.forEach((name, key) => {
      if (counts[key] === 0) return;
      const option = element("option", `${name} (${counts[key]})`);
      option.value = String(key);
      select.append(option);
    });
  };

  const says = (entry, account) => {
    const [group, variant, connector] = entry;
    const { mark, subject, remark, common, variants } = table.groups[group];
    const filled = (line) => line.replaceAll("\u0001", account.id).replaceAll("\u0002", account.own);
    const name = subject === "connector" ? `connector ${connector || account.own}` : subject;
    const block = element("div");
    block.append(element("span", mark.symbol, `mark ${mark.name}`), remark ? `${name} ${remark}` : name);
    for (const line of [...common, ...variants[variant]]) block.append(element("div", filled(line)));
    return block;
  };

  const row = (account) => {
    const made = element("tr");
    const [id, ...others] = account.cells;
    const words = others.pop();
    made.append(element("td", id, "id"), ...others.map((cell) => element("td", cell)));
    const last = element("td");
    if (account.entries.length === 0) last.textContent = words;
    else {
      const details = element("details");
      details.append(element("summary", words));
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
    const wanted = text.value.trim().toLowerCase();
    const chosen = filters.map((select) => (select.value === "" ? null : Number(select.value)));
    found = accounts.filter((account) =>
      (wanted === "" || account.search.includes(wanted)) &&
      chosen.every((name, filter) => name === null || account.picks[filter].includes(name)));
    const sign = sorted.down ? -1 : 1;
    // Accounts come by id, and a sort keeps the order of what is equal.
    if (sorted.by !== 0) found.sort((a, b) => sign * compare(a.cells[sorted.by], b.cells[sorted.by]));
    else if (sorted.down) found.reverse();
    rows.replaceChildren();
    shown = 0;
    show();
  };

  filters.forEach(offer);
  for (const filter of [text, ...filters]) filter.addEventListener("input", update);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => setTimeout(update));
  more.addEventListener("click", show);
  const heads = [...document.querySelectorAll("th[data-column]")];
  heads.forEach((head, by) => {
    head.querySelector("button").addEventListener("click", () => {
      sorted = { by, down: sorted.by === by && !sorted.down };
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      update();
    });
  });
  byId("accounts").hidden = false;
  update();
})();
