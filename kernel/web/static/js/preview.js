// While one types, the server says what would follow: prices, taxes, totals, formulas. What it would fill in stands
// pale in the empty fields, and what is derived in its place; saving decides.

const form = document.querySelector("form[data-preview]");
const WAIT = 150;
let timer = 0;
let asking = null;

function rowOf(name) {
  const at = name.indexOf("].");
  return at < 0 ? null : form.querySelector(`[name^="${CSS.escape(name.slice(0, at))}\\]\\."]`)?.closest("tr");
}

function showIn(name, [text, typed]) {
  const control = form.querySelector(`:is(input:not([type=hidden]), select, textarea)[name="${CSS.escape(name)}"]`);
  if (control) {
    const input = control.tomselect?.control_input ?? control;
    if (control.value || !["text", "select-one"].includes(control.type)) return;
    input.placeholder = typed || "–";
    input.classList.toggle("told", Boolean(typed));
    return;
  }
  const cell = rowOf(name)?.querySelector(`[data-column="${CSS.escape(name.split("].")[1])}"]`);
  const place = cell ?? document.getElementById(`f-${name.replaceAll(".", "-")}`);
  const plain = place?.matches("td, .fv") && [...place.children].every((each) => each.matches(".none, .vh"));
  if (plain) place.textContent = text || "–";
}

function show(found) {
  for (const [name, texts] of Object.entries(found.fields)) showIn(name, texts);
  for (const [table, texts] of Object.entries(found.sums)) {
    const places = form.querySelector(`[data-lines="${CSS.escape(table)}"]`)?.closest(".lines-s").querySelectorAll(".sum dd") ?? [];
    for (const [at, place] of places.entries()) {
      place.textContent = texts[at] ?? place.textContent;
      place.classList.remove("stale");
    }
  }
}

async function ask() {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, signal: asking.signal,
    });
    if (answer.ok) show(await answer.json());
  } catch {
    // Left alone, the form works without: saving says the same.
  }
}

if (form) {
  form.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  // A form that came back refused holds what was typed, and nothing yet of what follows from it.
  if (form.querySelector(".refused")) ask();
  form.addEventListener("lines:changed", () => form.dispatchEvent(new Event("change")));
}
