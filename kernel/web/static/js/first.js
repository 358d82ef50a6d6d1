// The first start: an app ticked brings those it needs, one taken away takes those that need it; and the making's bar.

const form = document.querySelector("[data-apps]");
const boxes = [...(form?.querySelectorAll("[name=app]") ?? [])];
const needs = (box) => box.dataset.needs.split(" ").filter(Boolean);

form?.addEventListener("change", (event) => {
  const box = event.target;
  if (box.name !== "app") return;
  for (const other of boxes) {
    if (box.checked && needs(box).includes(other.value)) other.checked = true;
    if (!box.checked && needs(other).includes(box.value)) other.checked = false;
  }
  const taken = boxes.filter((each) => each.checked);
  form.querySelector("[data-count]").textContent = form.dataset.of.replace("#", taken.length);
  form.querySelector("[data-roles]").textContent = taken.reduce((sum, each) => sum + Number(each.dataset.brings), 0);
  for (const chip of form.querySelectorAll(".chip.pre")) {
    const on = taken.length === (chip.href.endsWith("all") ? boxes.length : 0);
    chip.classList.toggle("on", on);
    chip.toggleAttribute("aria-current", on);
  }
});

const making = document.querySelector("[data-making]");

async function look() {
  try {
    const answer = await fetch("/setup/progress", { headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (told.reload) { location.reload(); return; }
    making.querySelector("progress").value = told.percent;
    making.querySelector("[data-label]").textContent = told.label;
  } catch { /* asked again below */ }
  setTimeout(look, 700);
}

if (making) setTimeout(look, 700);
