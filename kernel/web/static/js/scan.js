// A scanner that types: a burst of characters ended by Enter, told from typing by its pace, wherever the focus is.
// On a page with a field for codes it goes there; into a link picker it picks; elsewhere what it stands for is opened.

const PACE = 60; // milliseconds between two characters: nobody types a whole code so fast, no scanner is slower
const STALL = 300; // what a scanner's radio may pause once a burst is under way: half a code would be another code
const LEAST = 4;
let burst = "";
let last = 0;

const typing = (element) => element.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const pickerOf = (element) => element.closest?.(".ts-wrapper")?.parentElement.querySelector("select[data-options]");

function take(event) {
  if (event.isComposing || event.altKey || event.metaKey || event.repeat) return; // a key held down is no scanner
  const quick = event.timeStamp - last < (burst.length >= LEAST - 1 ? STALL : PACE);
  if (event.key === "Enter" || (event.key === "Tab" && quick)) {
    const code = quick && burst.length >= LEAST ? burst : "";
    burst = "";
    if (code && deliver(code, event.target)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    return;
  }
  // GS between the elements of a GS1 code comes as Ctrl-], or as it is.
  const sign = event.ctrlKey ? (event.key === "]" ? "\x1d" : "") : event.key.length === 1 ? event.key : "";
  if (!sign) return;
  burst = quick ? burst + sign : sign;
  last = event.timeStamp;
  // The rest of a burst is no shortcut, and presses no button.
  if (burst.length > 1 && !typing(event.target)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

function deliver(code, target) {
  const picker = pickerOf(target);
  if (picker?.tomselect) {
    pick(picker, code);
    return true;
  }
  const form = document.querySelector("form[data-scan]");
  if (form && !(typing(target) && target.form !== form)) {
    send(form, code);
    return true;
  }
  if (typing(target)) return false; // what is scanned into a field is what one wants in it
  location.assign(`/scan/${encodeURIComponent(code)}`);
  return true;
}

function send(form, code) {
  form.elements.code.value = code;
  form.requestSubmit();
}

async function pick(select, code) {
  const field = select.tomselect;
  field.setTextboxValue("");
  const answer = await fetch(`${select.dataset.options}${select.dataset.options.includes("?") ? "&" : "?"}code=${encodeURIComponent(code)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  const found = answer?.ok ? await answer.json() : [];
  if (found.length !== 1) {
    field.setTextboxValue(code);
    field.load(code);
    field.focus();
    return;
  }
  field.addOption(found[0]);
  field.setValue(found[0].value);
  field.close();
}

document.addEventListener("keydown", take, true);
