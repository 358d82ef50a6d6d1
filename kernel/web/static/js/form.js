// A record: the save bar shows once something is typed; leaving with unsaved changes asks first.

const form = document.getElementById("record");
const bar = form?.querySelector(".savebar");
let dirty = Boolean(bar?.classList.contains("open") && form.querySelector(".refused"));

function touch() {
  dirty = true;
  bar?.classList.add("open");
}

if (form && bar) {
  form.addEventListener("input", (event) => {
    event.target.classList.remove("unset");
    touch();
  });
  form.addEventListener("change", touch);
  form.addEventListener("lines:changed", touch);
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) dirty = false;
  });
  addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
  bar.querySelector("a")?.addEventListener("click", () => { dirty = false; });
}

// Text areas grow with what is typed.
for (const area of document.querySelectorAll("#record textarea")) {
  const fit = () => { area.rows = Math.min(12, Math.max(area.value ? 2 : 1, area.value.split("\n").length)); };
  area.addEventListener("input", fit);
  fit();
}

// A new record begins with its first field, where keys are at hand; a picker would open its list over the page.
const first = document.querySelector(".rec.fresh .fld :is(input:not([type=hidden]), select, textarea)");
if (first && matchMedia("(pointer: fine)").matches && !first.matches("select[data-options], .tomselected, .ts-wrapper *")
    && !document.querySelector("[data-focus], [data-point]")) first.focus();
