// The matrix of rights: narrowed to what is granted or named, changed cells marked, arrow keys from cell to cell.

const grid = document.querySelector(".mx-tables");
const only = document.querySelector("[data-only]");
const find = document.getElementById("mx-find");

function narrow() {
  const wanted = find.value.trim().toLowerCase();
  for (const group of grid.querySelectorAll("[data-group]")) {
    let any = false;
    for (const row of group.querySelectorAll("[data-row]")) {
      const granted = [...row.querySelectorAll("select")].some((each) => each.value) || row.classList.contains("gr");
      const fits = (!wanted || row.dataset.row.includes(wanted)) && (!only.checked || granted);
      row.hidden = !fits;
      any ||= fits;
    }
    group.hidden = !any;
    if (any && wanted) group.open = true;
  }
}

if (grid) {
  only.addEventListener("change", narrow);
  find.addEventListener("input", narrow);
  // What narrows the table is no change to be saved.
  for (const each of [only, find]) {
    for (const kind of ["input", "change"]) each.addEventListener(kind, (event) => event.stopPropagation());
  }
  find.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  document.querySelector("form#record").addEventListener("change", (event) => {
    const cell = event.target;
    if (!cell.matches(".mx-s")) return;
    const shipped = [...cell.options].find((each) => each.defaultSelected);
    cell.classList.toggle("on", Boolean(cell.value));
    cell.classList.toggle("new", cell.value !== (shipped ? shipped.value : ""));
  });
  // Alt with an arrow goes to the neighbour; the arrows alone choose, as everywhere.
  grid.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!event.altKey || !cell || !["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return;
    const row = cell.parentElement;
    const rows = [...grid.querySelectorAll("[data-row]")].filter((each) => each.offsetParent);
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const next = step[0] ? rows[rows.indexOf(row) + step[0]]?.cells[cell.cellIndex] : row.cells[cell.cellIndex + step[1]];
    const target = next?.querySelector("select, summary, a");
    if (target) {
      event.preventDefault();
      target.focus();
    }
  });
}
