// A sub-table: add a row from the spare one, remove, and keep the running total while one types.
// The server computes again when the form is saved; what stands here is a preview.

function number(text) {
  let plain = String(text ?? "").replace(/[\s\u00a0']/g, "");
  if (/,\d{1,2}$/.test(plain) && !/\.\d/.test(plain)) plain = plain.replace(/\./g, "").replace(",", ".");
  const value = Number.parseFloat(plain.replace(/,/g, "").replace("%", ""));
  return Number.isFinite(value) ? value : 0;
}

// Formulas are products, sums and brackets of column names: a tiny reader, since the page allows no eval.
function evaluate(expression, value) {
  const tokens = expression.match(/[A-Za-z_]\w*|\d+(?:\.\d+)?|[()+\-*/]/g) ?? [];
  let at = 0;
  const factor = () => {
    const token = tokens[at++];
    if (token === "(") { const inner = sum(); at++; return inner; }
    if (token === "-") return -factor();
    return /^\d/.test(token) ? Number(token) : value(token);
  };
  const product = () => {
    let left = factor();
    while (tokens[at] === "*" || tokens[at] === "/") left = tokens[at++] === "*" ? left * factor() : left / (factor() || 1);
    return left;
  };
  const sum = () => {
    let left = product();
    while (tokens[at] === "+" || tokens[at] === "-") left = tokens[at++] === "+" ? left + product() : left - product();
    return left;
  };
  return sum();
}

// A long sub-table shows a page of its rows. Rows that were changed are kept beside it while one turns the pages.
const nextKey = {};

function keptRows(section) {
  return section.querySelector("[data-kept]")?.tBodies[0].rows ?? [];
}
function idOf(row) {
  return row.querySelector("input[name$='.id']")?.value ?? "";
}
function isChanged(row) {
  return Boolean(row.dataset.touched || row.dataset.changed || row.hidden);
}

function setUp(table) {
  const { lines: name, formula, total, decimals, currency } = table.dataset;
  const body = table.querySelector("tbody");
  const spare = table.querySelector("tr.spare");
  const show = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 0, maximumFractionDigits: Number(decimals) });
  const pristine = spare?.cloneNode(true);
  nextKey[name] = Math.max(nextKey[name] ?? 0, body.querySelectorAll("tr").length);
  const section = table.closest(".lines-s");
  const running = section.querySelector("[data-running]");
  const count = section.querySelector("[data-lines-count]");
  const long = "count" in table.dataset;

  function field(row, column) {
    const cell = row.querySelector(`[data-column="${column}"]`);
    return cell?.querySelector("input, select") ?? cell;
  }
  function read(row, column) {
    const found = field(row, column);
    return number(found && "value" in found ? found.value || found.placeholder : found?.textContent);
  }
  function amountOf(row) {
    return evaluate(formula.split("=")[1], (column) => read(row, column));
  }
  // Only changed rows of a long table are here; all the others come to what the server says they do.
  function recountLong() {
    const rows = [...body.rows, ...keptRows(section)].filter((row) => !row.classList.contains("spare"));
    const added = rows.filter((row) => !idOf(row) && isChanged(row)).length;
    if (count) count.textContent = show.format(Number(table.dataset.count) + added - rows.filter((row) => row.hidden).length);
    if (!formula) return;
    const target = formula.split("=")[0].trim();
    let all = Number(table.dataset.base);
    for (const row of rows.filter(isChanged)) {
      const cell = row.querySelector(`[data-column="${target}"]`);
      row.dataset.was ??= idOf(row) ? number(cell?.textContent) : 0;
      const amount = row.hidden ? 0 : row.dataset.touched ? amountOf(row) : Number(row.dataset.was);
      if (cell && !cell.querySelector("input") && row.dataset.touched) cell.textContent = show.format(amount);
      all += amount - Number(row.dataset.was);
    }
    if (running && total === target && rows.some(isChanged)) {
      running.textContent = `${currency} ${show.format(all)}`.trim();
      for (const later of section.querySelectorAll("[data-later]")) later.classList.add("stale");
    }
  }
  function recount() {
    if (long) {
      recountLong();
      return;
    }
    const kept = [...body.rows].filter((row) => !row.classList.contains("spare") && !row.hidden);
    if (count) count.textContent = kept.length;
    if (!formula) return;
    const target = formula.split("=")[0].trim();
    let all = 0;
    for (const row of body.rows) {
      if (row.hidden) continue;
      const amount = amountOf(row);
      const cell = row.querySelector(`[data-column="${target}"]`);
      if (cell && !cell.querySelector("input") && row.dataset.touched) cell.textContent = show.format(amount);
      all += row.dataset.touched || !cell ? amount : number(cell.textContent);
    }
    if (running && total === target && body.querySelector("[data-touched]")) {
      running.textContent = `${currency} ${show.format(all)}`.trim();
      for (const later of section.querySelectorAll("[data-later]")) later.classList.add("stale");
    }
  }
  function add(focus = true) {
    if (!pristine) return;
    const row = pristine.cloneNode(true);
    const key = `n${nextKey[name]++}`;
    for (const element of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
      for (const attribute of ["name", "id", "for", "aria-describedby"]) {
        const old = element.getAttribute(attribute);
        if (old) element.setAttribute(attribute, old.replace("[new]", `[${key}]`).replace("-new-", `-${key}-`));
      }
    }
    row.classList.remove("spare");
    row.dataset.blank = "1";
    body.append(row);
    document.dispatchEvent(new CustomEvent("fields:added", { detail: row }));
    if (focus) begin(row);
    recount();
  }
  // A picker stands in its select's place.
  function begin(row) {
    row.querySelector("input:not([type=hidden], [type=checkbox]), select:not(.tomselected)")?.focus();
  }

  // With scripts the spare row is a template only: it would be an odd empty line otherwise.
  if (spare && ![...spare.querySelectorAll("input:not([type=hidden]):not([type=checkbox])")].some((input) => input.value && input.value !== input.defaultValue)) spare.remove();
  if (!body.rows.length && pristine && formula) add(false);

  table.addEventListener("click", (event) => {
    if (!event.target.closest("[data-add]")) return;
    const last = body.rows[body.rows.length - 1];
    if (last?.dataset.blank && !isChanged(last)) begin(last);
    else add();
  });
  table.addEventListener("input", (event) => {
    const row = event.target.closest("tr");
    if (row) row.dataset.touched = "1";
    recount();
  });
  table.addEventListener("change", (event) => {
    const row = event.target.closest("tr");
    if (event.target.name?.endsWith(".remove") && event.target.checked) {
      if (row.querySelector("input[name$='.id']")?.value) row.hidden = true;
      else row.remove();
      table.dispatchEvent(new CustomEvent("lines:changed", { bubbles: true }));
      if (!long) for (const each of body.rows) each.dataset.touched = "1";
    }
    if (row) row.dataset.changed = "1";
    recount();
  });
  table.addEventListener("focusin", (event) => {
    for (const row of body.rows) row.classList.toggle("ed", row === event.target.closest("tr"));
  });
  table.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr");
    if (event.key === "Enter" && row && row === body.rows[body.rows.length - 1] && !event.target.closest("button, .ts-wrapper")) {
      event.preventDefault();
      add();
    }
  });
  for (const row of [...keptRows(section)]) {
    const here = idOf(row) && [...body.rows].find((each) => idOf(each) === idOf(row));
    if (here) here.replaceWith(row);
    else if (!idOf(row)) body.append(row);
  }
  recount();
}

function keepChanged(page) {
  const section = page.closest(".lines-s");
  const changed = [...page.querySelectorAll("[data-lines] tbody tr:not(.spare)")].filter(isChanged);
  if (!changed.length) return;
  let kept = section.querySelector("[data-kept]");
  if (!kept) {
    kept = document.createElement("table");
    kept.hidden = true;
    kept.dataset.kept = "";
    kept.append(document.createElement("tbody"));
    section.append(kept);
  }
  kept.tBodies[0].append(...changed);
}

const ready = new WeakSet();

function setUpNew() {
  const fresh = [...document.querySelectorAll("[data-lines]")].filter((table) => table.querySelector("[data-add]") && !ready.has(table));
  for (const table of fresh) {
    ready.add(table);
    setUp(table);
  }
  return fresh;
}

setUpNew();

document.addEventListener("htmx:before:swap", (event) => {
  const page = event.target.closest?.("[data-lines-page]");
  if (page) keepChanged(page);
});
// The new page is seen where it comes in: the link that asked for it, and would tell, is gone with the old one.
for (const page of document.querySelectorAll("[data-lines-page]")) {
  new MutationObserver(() => {
    for (const table of setUpNew()) document.dispatchEvent(new CustomEvent("fields:added", { detail: table }));
  }).observe(page.parentElement, { childList: true });
}
// What nobody touched of a long sub-table isn't sent: the server keeps the lines that a form doesn't name.
document.getElementById("record")?.addEventListener("formdata", (event) => {
  for (const row of document.querySelectorAll("[data-lines-page] tbody tr")) {
    if (!idOf(row) || isChanged(row)) continue;
    for (const field of row.querySelectorAll("[name]")) event.formData.delete(field.name);
  }
});
