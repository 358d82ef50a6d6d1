// A pivot: a field dragged to another place, or picked from the list, asks for the pivot anew; the address says all of it.

const MOST = 3;

function ask(zones) {
  const address = new URL(zones.dataset.pivot, location.href);
  for (const zone of zones.querySelectorAll("[data-zone]")) {
    for (const chip of zone.querySelectorAll("[data-token]")) address.searchParams.append(zone.dataset.zone, chip.dataset.token);
  }
  location.assign(address);
}

const zones = document.querySelector("[data-pivot]");
for (const zone of window.Sortable ? zones.querySelectorAll("[data-zone]") : []) {
  const fields = zone.dataset.zone !== "values";
  new window.Sortable(zone, {
    group: fields ? { name: "fields", put: (to) => to.el.children.length < MOST } : "values",
    animation: 120, ghostClass: "pv-slot", filter: ".pv-x, .pop", preventOnFilter: false, delay: 150, delayOnTouchOnly: true,
    onEnd: (event) => {
      if (event.from !== event.to || event.oldIndex !== event.newIndex) ask(zones);
    },
  });
}

for (const [name, chosen] of [["click", (event) => event.target.matches("option")], ["keydown", (event) => event.key === "Enter" && event.target.matches("select")]]) {
  document.addEventListener(name, (event) => {
    const form = event.target.closest?.("[data-add]");
    if (!form || !chosen(event)) return;
    event.preventDefault();
    form.requestSubmit();
  });
}
