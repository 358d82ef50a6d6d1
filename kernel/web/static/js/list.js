// A list: select all, the floating bar with its count, a click on the row opens the record.

function refresh(form) {
  const boxes = [...form.querySelectorAll("input[name=id]")];
  const chosen = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("tr").classList.toggle("sel", box.checked);
  const all = form.querySelector("[data-all]");
  if (all) {
    all.checked = chosen.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  }
  form.classList.toggle("selecting", chosen.length > 0);
  const count = form.querySelector("[data-count]");
  if (count) count.textContent = `${chosen.length} ${count.dataset.word}`;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("#rows");
  if (!form) return;
  if (event.target.matches("[data-all]")) {
    for (const box of form.querySelectorAll("input[name=id]")) box.checked = event.target.checked;
  }
  refresh(form);
});

document.addEventListener("reset", (event) => {
  if (event.target.id === "rows") setTimeout(() => refresh(event.target));
});

// A click opens the record; on a cell that can be edited it waits whether a second one follows.
let opening = 0;

document.addEventListener("click", (event) => {
  const row = event.target.closest("#rows tr[data-href]");
  if (!row || event.target.closest("a, button, input, select, textarea, label, summary, td.edit") || getSelection().toString()) return;
  clearTimeout(opening);
  opening = setTimeout(() => location.assign(row.dataset.href), event.target.closest("td[data-cell]") ? 300 : 0);
});

document.addEventListener("dblclick", () => clearTimeout(opening));

document.addEventListener("htmx:after:swap", () => {
  const form = document.getElementById("rows");
  if (form) refresh(form);
});

// The tab of the view that is shown is in sight where there are more tabs than fit.
document.querySelector(".tabs-l [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
