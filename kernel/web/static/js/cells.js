// Cells of a list edited where they stand: double click or F2 opens one, Enter saves, Escape leaves, Tab goes on.

const token = document.querySelector("meta[name=csrf-token]")?.content;
const wide = matchMedia("(min-width: 768px)");
const kept = new WeakMap(); // what an open cell showed before
const rows = () => document.getElementById("rows");
const cells = () => [...rows().querySelectorAll("td[data-cell]")];
const addressOf = (cell) => `${cell.closest("tr").dataset.href}/cell/${encodeURIComponent(cell.dataset.cell)}`;

// One cell takes part in the page's Tab order; the arrow keys lead from it to the others.
function rove(to) {
  const all = cells();
  const chosen = to && all.includes(to) ? to : all.find((cell) => cell.tabIndex === 0) ?? all[0];
  for (const cell of all) {
    cell.tabIndex = cell === chosen ? 0 : -1;
    cell.setAttribute("aria-describedby", "cell-hint");
  }
}

async function open(cell) {
  if (!cell || cell.classList.contains("edit") || !wide.matches) return;
  const answer = await fetch(addressOf(cell), { headers: { Accept: "text/html" } }).catch(() => null);
  const control = answer?.ok ? await answer.text() : "";
  if (!control.includes("data-cell-edit")) return refuse(cell.closest("table").dataset.refused);
  kept.set(cell, cell.innerHTML);
  show(cell, control);
}

function show(cell, control) {
  cell.classList.add("edit");
  cell.innerHTML = control;
  document.dispatchEvent(new CustomEvent("fields:added", { detail: cell }));
  const field = cell.querySelector(".ts-control input") ?? cell.querySelector("input:not([type=hidden]), select, textarea");
  field?.focus();
  if (field?.matches("[type=text]")) field.select();
}

function leave(cell) {
  cell.classList.remove("edit");
  cell.innerHTML = kept.get(cell);
  rove(cell);
  cell.focus();
}

async function save(cell, onwards = 0) {
  if (cell.classList.contains("busy")) return;
  cell.classList.add("busy");
  const body = new URLSearchParams({ version: cell.querySelector("[data-cell-edit]").dataset.version });
  for (const field of cell.querySelectorAll("[name]")) {
    if (field.type !== "checkbox" || field.checked) body.append(field.name, field.value);
  }
  const table = cell.closest("table");
  for (const name of table.dataset.cells.split(" ")) body.append("columns", name);
  const answer = await fetch(addressOf(cell), { method: "POST", body, headers: { Accept: "text/html", "X-CSRFToken": token } }).catch(() => null);
  cell.classList.remove("busy");
  const said = answer ? await answer.text() : "";
  if (answer?.ok) replace(cell, said, onwards);
  else if (said.includes("data-cell-edit")) show(cell, said);
  else refuse(table.dataset.refused);
}

// Puts the row as the server drew it, and goes on to the next cell, or stays at this one.
function replace(cell, html, onwards) {
  const row = cell.closest("tr");
  const path = cell.dataset.cell;
  const selected = row.querySelector("input[name=id]")?.checked;
  const made = document.createElement("template");
  made.innerHTML = html.trim();
  const fresh = made.content.firstElementChild;
  if (!fresh) { row.remove(); rove(); return; }
  row.replaceWith(fresh);
  const box = fresh.querySelector("input[name=id]");
  if (box && selected) { box.checked = true; box.dispatchEvent(new Event("change", { bubbles: true })); }
  const now = fresh.querySelector(`td[data-cell="${CSS.escape(path)}"]`);
  rove(now);
  const all = cells();
  const next = onwards ? all[all.indexOf(now) + onwards] : null;
  if (next) { rove(next); next.focus(); open(next); } else now?.focus();
}

function refuse(text) {
  const toast = document.createElement("div");
  toast.className = "toast-t refused";
  toast.setAttribute("role", "alert");
  toast.textContent = text;
  document.body.append(toast);
  setTimeout(() => toast.remove(), 7000);
}

function step(cell, key) {
  const all = cells();
  const across = all.filter((other) => other.dataset.cell === cell.dataset.cell);
  const to = {
    ArrowLeft: all[all.indexOf(cell) - 1], ArrowRight: all[all.indexOf(cell) + 1],
    ArrowUp: across[across.indexOf(cell) - 1], ArrowDown: across[across.indexOf(cell) + 1],
  }[key];
  if (to) { rove(to); to.focus(); }
}

document.addEventListener("dblclick", (event) => {
  const cell = event.target.closest("#rows td[data-cell]");
  if (!cell || cell.classList.contains("edit")) return;
  getSelection().removeAllRanges();
  open(cell);
});

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("#rows td[data-cell]");
  if (!cell) return;
  if (cell.classList.contains("edit")) {
    const picking = event.target.closest(".ts-wrapper.dropdown-active");
    if (event.key === "Escape" && !picking) { event.preventDefault(); event.stopPropagation(); leave(cell); }
    if (event.key === "Enter" && !(picking && document.querySelector(".ts-dropdown .option.active"))) { event.preventDefault(); save(cell); }
    if (event.key === "Tab") { event.preventDefault(); save(cell, event.shiftKey ? -1 : 1); }
  } else if (event.target === cell && (event.key === "F2" || event.key === "Enter")) {
    event.preventDefault();
    open(cell);
  } else if (event.key === "F2") {
    event.preventDefault();
    open(cell);
  } else if (event.target === cell && event.key.startsWith("Arrow")) {
    event.preventDefault();
    step(cell, event.key);
  }
}, true);

// A cell left untouched closes when one goes elsewhere; what was typed stays until Enter or Escape.
document.addEventListener("pointerdown", (event) => {
  for (const cell of document.querySelectorAll("#rows td.edit")) {
    if (cell.contains(event.target) || event.target.closest(".ts-dropdown")) continue;
    const touched = [...cell.querySelectorAll("input, select, textarea")].some((field) => (
      field.matches("[type=checkbox]") ? field.checked !== field.defaultChecked
        : field.matches("select") ? [...field.options].some((option) => option.selected !== option.defaultSelected)
          : field.value !== field.defaultValue));
    if (!touched && !cell.querySelector(".fe")) { cell.classList.remove("edit"); cell.innerHTML = kept.get(cell); }
  }
});

document.addEventListener("htmx:after:swap", () => rows() && rove());
if (rows()) rove();
