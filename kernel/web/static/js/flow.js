// The designer: drag a kind from the palette into the flow, or a node to another place; the server saves it in the draft.

const drawing = document.querySelector("[data-flow]");
const form = document.getElementById("fl-drag");

function send(values) {
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  form.submit();
}

function placeOf(event) {
  const items = [...event.to.children].filter((each) => each.matches(".fl-item, [data-kind]"));
  return `${event.to.dataset.list}:${items.indexOf(event.item)}`;
}

function dropped(event) {
  const place = placeOf(event);
  if (event.item.dataset.kind) {
    send({ do: "add", kind: event.item.dataset.kind, place });
  } else if (event.from !== event.to || event.oldIndex !== event.newIndex) {
    const [path, at] = [event.to.dataset.list, Number(place.split(":").pop())];
    // The server counts places before the node is taken out of its own list.
    const later = event.from === event.to && event.newIndex > event.oldIndex ? 1 : 0;
    send({ do: "move", key: event.item.dataset.key, place: `${path}:${at + later}` });
  }
}

if (drawing && form && window.Sortable && drawing.querySelector("[data-kind]")) {
  for (const list of drawing.querySelectorAll("[data-list]")) {
    new window.Sortable(list, {
      group: "flow", draggable: ".fl-item", animation: 120, ghostClass: "fl-slot", filter: "summary, .pop, button", preventOnFilter: false,
      delay: 150, delayOnTouchOnly: true, invertSwap: true, emptyInsertThreshold: 30, onUpdate: dropped, onAdd: dropped,
      onStart: () => drawing.classList.add("dragging"), onEnd: () => drawing.classList.remove("dragging"),
    });
  }
  new window.Sortable(drawing.querySelector(".fl-kinds"), {
    group: { name: "flow", pull: "clone", put: false }, sort: false, draggable: "[data-kind]", animation: 120, ghostClass: "fl-slot",
    onStart: () => drawing.classList.add("dragging"), onEnd: () => drawing.classList.remove("dragging"),
  });
}

// What was chosen last stays in sight after the page was made anew.
const canvas = document.querySelector(".fl-canvas");
const chosen = document.querySelector(".fl-canvas [aria-current]");
if (chosen && matchMedia("(min-width: 768px)").matches) chosen.scrollIntoView({ block: "nearest", inline: "center" });
if (canvas && !chosen) canvas.scrollLeft = (canvas.scrollWidth - canvas.clientWidth) / 2;
