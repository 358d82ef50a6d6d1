// A dashboard being arranged: a card dragged to another place is sent at once with the order of them all.

function start() {
  const form = document.getElementById("arranging");
  const cards = form?.querySelector("[data-arrange]");
  if (!cards || !window.Sortable) return;
  new window.Sortable(cards, { handle: ".arr-t", filter: "button", preventOnFilter: false, animation: 120, ghostClass: "arr-slot", delay: 150, delayOnTouchOnly: true, onEnd: (event) => {
    if (event.oldIndex !== event.newIndex) form.requestSubmit();
  } });
}

document.addEventListener("htmx:after:swap", start);
start();
