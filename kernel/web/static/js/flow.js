// The designer: drag a kind from the palette, or a node, to any + of the flow; the nearest one takes it. The server
// saves it in the draft. By keyboard and on a phone the same is done by the menus of + and of each node.

const drawing = document.querySelector("[data-flow]");
const canvas = document.querySelector(".fl-canvas");
const form = document.getElementById("fl-drag");
let dragged = null;

function send(values) {
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  form.submit();
}

function nearest(event) {
  let found = null;
  let least = Infinity;
  for (const slot of canvas.querySelectorAll("[data-place]")) {
    if (dragged.contains(slot)) continue; // nothing goes into itself
    const box = slot.getBoundingClientRect();
    const away = Math.hypot(box.x + box.width / 2 - event.clientX, box.y + box.height / 2 - event.clientY);
    if (away < least) [found, least] = [slot, away];
  }
  return found;
}

function point(slot) {
  for (const each of canvas.querySelectorAll(".fl-plus.here")) if (each !== slot) each.classList.remove("here");
  slot?.classList.add("here");
}

function start(event) {
  const from = event.target.closest?.("[draggable=true]");
  if (!from) return;
  dragged = from.dataset.kind ? from : from.closest(".fl-item");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", from.dataset.kind ?? dragged.dataset.key);
  drawing.classList.add("dragging");
  dragged.classList.add("fl-taken");
}

function end() {
  drawing.classList.remove("dragging");
  dragged?.classList.remove("fl-taken");
  point(null);
  dragged = null;
}

if (drawing && form && drawing.querySelector("[data-kind]")) {
  for (const each of drawing.querySelectorAll("[data-kind], .fl-item > .fl-node, .fl-item > .fl-block > .fl-pill")) each.draggable = true;
  for (const link of drawing.querySelectorAll(".fl-canvas a")) link.draggable = false; // the card is dragged, not its address
  drawing.addEventListener("dragstart", start);
  drawing.addEventListener("dragend", end);
  canvas.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    point(nearest(event));
  });
  canvas.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const slot = nearest(event);
    if (!slot) return;
    const { place } = slot.dataset;
    if (dragged.dataset.kind) send({ do: "add", kind: dragged.dataset.kind, place });
    else send({ do: "move", key: dragged.dataset.key, place });
  });
}

// What was chosen last stays in sight after the page was made anew.
const chosen = document.querySelector(".fl-canvas [aria-current]");
if (chosen && matchMedia("(min-width: 768px)").matches) chosen.scrollIntoView({ block: "nearest", inline: "center" });
if (canvas && !chosen) canvas.scrollLeft = (canvas.scrollWidth - canvas.clientWidth) / 2;
