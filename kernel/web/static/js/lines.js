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

function setUp(table) {
  const { lines: name, formula, total, decimals, currency } = table.dataset;
  const body = table.querySelector("tbody");
  const spare = table.querySelector("tr.spare");
  const show = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 0, maximumFractionDigits: Number(decimals) });
  const pristine = spare?.cloneNode(true);
  let next = body.querySelectorAll("tr").length;
  const running = table.closest(".lines-s").querySelector("[data-running]");
  const count = table.closest(".lines-s").querySelector("[data-lines-count]");

  function field(row, column) {
    const cell = row.querySelector(`[data-column="${column}"]`);
    return cell?.querySelector("input, select") ?? cell;
  }
  function read(row, column) {
    const found = field(row, column);
    return number(found && "value" in found ? found.value : found?.textContent);
  }
  function recount() {
    const kept = [...body.rows].filter((row) => !row.classList.contains("spare") && !row.hidden);
    if (count) count.textContent = kept.length;
    if (!formula) return;
    const [target, expression] = formula.split("=").map((part) => part.trim());
    let all = 0;
    for (const row of body.rows) {
      if (row.hidden) continue;
      const amount = evaluate(expression, (column) => read(row, column));
      const cell = row.querySelector(`[data-column="${target}"]`);
      if (cell && !cell.querySelector("input") && row.dataset.touched) cell.textContent = show.format(amount);
      all += row.dataset.touched || !cell ? amount : number(cell.textContent);
    }
    if (running && total === target && body.querySelector("[data-touched]")) {
      running.textContent = `${currency} ${show.format(all)}`.trim();
      for (const later of table.closest(".lines-s").querySelectorAll("[data-later]")) later.classList.add("stale");
    }
  }
  function add(focus = true) {
    if (!pristine) return;
    const row = pristine.cloneNode(true);
    const key = `n${next++}`;
    for (const element of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
      for (const attribute of ["name", "id", "for", "aria-describedby"]) {
        const old = element.getAttribute(attribute);
        if (old) element.setAttribute(attribute, old.replace("[new]", `[${key}]`).replace("-new-", `-${key}-`));
      }
    }
    row.classList.remove("spare");
    body.append(row);
    document.dispatchEvent(new CustomEvent("fields:added", { detail: row }));
    if (focus) row.querySelector("input:not([type=hidden]), select, .ts-control input")?.focus();
    recount();
  }

  // With scripts the spare row is a template only: it would be an odd empty line otherwise.
  if (spare && ![...spare.querySelectorAll("input:not([type=hidden]):not([type=checkbox])")].some((input) => input.value && input.value !== input.defaultValue)) spare.remove();
  if (!body.rows.length && pristine && formula) add(false);

  table.addEventListener("click", (event) => {
    if (event.target.closest("[data-add]")) add();
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
      for (const each of body.rows) each.dataset.touched = "1";
    }
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
  recount();
}

for (const table of document.querySelectorAll("[data-lines]")) if (table.querySelector("[data-add]")) setUp(table);
