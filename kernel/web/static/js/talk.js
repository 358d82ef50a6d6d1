// A record's side column: forms are sent without leaving the page, files come by drop, paste and button, and an @ in a
// comment offers the people who may read the record.

const talk = document.getElementById("talk");
const part = talk?.querySelector("[data-part]");
const token = document.querySelector("meta[name=csrf-token]")?.content;

// ── send and show ──
async function show(address, options = {}, keep = true) {
  const typed = keep && document.getElementById("talk-text")?.value;
  talk.classList.add("busy");
  let answer = null;
  try {
    answer = await fetch(address, { ...options, headers: { "X-Part": "talk", "X-CSRFToken": token } });
  } catch { /* no connection: said below */ }
  talk.classList.remove("busy");
  if (answer?.headers.get("X-Part") === "talk") {
    part.innerHTML = await answer.text();
    document.dispatchEvent(new CustomEvent("fields:added", { detail: part }));
    const area = document.getElementById("talk-text");
    if (area && typed) area.value = typed;
    part.querySelector("[data-focus]")?.focus();
    for (const area of part.querySelectorAll("textarea")) fit(area);
    return answer.ok;
  }
  if (answer?.ok) location.reload(); // signed out meanwhile
  else tell(answer?.status === 413 ? talk.dataset.large : talk.dataset.failed);
  return false;
}

function tell(text) {
  const toast = document.createElement("div");
  toast.className = "toast-t refused";
  toast.setAttribute("role", "alert");
  toast.textContent = text;
  document.body.append(toast);
  setTimeout(() => toast.remove(), 7000);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-talk-form]")) return;
  event.preventDefault();
  const said = form.id === "talk-form";
  show(event.submitter?.getAttribute("formaction") || form.action, { method: "POST", body: new FormData(form) }, !said)
    .then((done) => { if (done && said) document.getElementById("talk-text").focus(); });
});

talk?.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-show]");
  if (!tab || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  show(`${talk.dataset.talk}?show=${tab.dataset.show}`)
    .then(() => part.querySelector(`[data-show="${tab.dataset.show}"]`)?.focus());
});

// ── activities: a type brings its day and text, as long as nobody typed others ──
document.addEventListener("change", (event) => {
  const chosen = event.target.matches?.("[data-activity-kind]") && event.target.selectedOptions[0];
  if (!chosen) return;
  for (const [field, value] of [["fu-due", chosen.dataset.due], ["fu-note", chosen.dataset.note]]) {
    const input = document.getElementById(field);
    if (input.value !== (input.dataset.brought ?? "")) continue;
    input.value = value ?? "";
    input.dataset.brought = input.value;
  }
});

// ── files ──
function upload(files) {
  const address = part.querySelector("[data-attach-form]")?.action;
  if (!address || !files.length) return;
  const body = new FormData();
  for (const file of files) body.append("file", file, file.name || "image.png");
  show(address, { method: "POST", body });
}

const withFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

talk?.addEventListener("change", (event) => { if (event.target.id === "talk-file") upload([...event.target.files]); });
if (talk) {
  document.addEventListener("dragover", (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    talk.classList.add("drop");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) talk.classList.remove("drop"); });
  document.addEventListener("drop", (event) => {
    talk.classList.remove("drop");
    if (!withFiles(event)) return;
    event.preventDefault();
    upload([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    upload(files);
  });
}

// ── the place to write ──
function fit(area) { area.rows = Math.min(10, Math.max(area.id === "talk-text" ? 1 : 3, area.value.split("\n").length)); }

// The word after the last @ before the cursor: letters, and up to two blanks between them, as names have.
function called(area) {
  const before = area.value.slice(0, area.selectionStart);
  const found = /(?:^|[^A-Za-z0-9])@([^\s@]*(?: [^\s@]*){0,2})$/u.exec(before);
  return found ? { word: found[1], from: before.length - found[1].length } : null;
}

let asked = 0;
async function offer(area) {
  const list = document.getElementById("talk-people");
  const call = called(area);
  const mine = ++asked;
  if (!call) { close(area, list); return; }
  const answer = await fetch(`${area.dataset.people}?q=${encodeURIComponent(call.word)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  const people = answer?.ok ? await answer.json() : [];
  if (mine !== asked) return;
  list.replaceChildren(...people.map((person, at) => {
    const option = document.createElement("li");
    option.id = `talk-person-${at}`;
    option.role = "option";
    option.dataset.written = person.written;
    option.setAttribute("aria-selected", at === 0);
    option.append(document.createTextNode(person.label));
    if (person.note) option.append(" ", Object.assign(document.createElement("small"), { textContent: person.note }));
    return option;
  }));
  list.hidden = !people.length;
  if (people.length) area.setAttribute("aria-activedescendant", "talk-person-0");
  else close(area, list);
}

function close(area, list) {
  asked += 1;
  list.hidden = true;
  area.removeAttribute("aria-activedescendant");
}

function choose(area, list, option) {
  const call = called(area);
  if (call) area.setRangeText(`${option.dataset.written} `, call.from, area.selectionStart, "end");
  close(area, list);
  area.focus();
}

part?.addEventListener("input", (event) => {
  if (event.target.tagName === "TEXTAREA") fit(event.target);
  if (event.target.id === "talk-text") offer(event.target);
});

part?.addEventListener("keydown", (event) => {
  const area = event.target;
  if (area.id !== "talk-text") return;
  const list = document.getElementById("talk-people");
  if (list.hidden) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); area.form.requestSubmit(); }
    return;
  }
  const options = [...list.children];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", i === next));
    area.setAttribute("aria-activedescendant", options[next].id);
  } else if (event.key === "Enter" || event.key === "Tab") {
    event.preventDefault();
    choose(area, list, options[at]);
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    close(area, list);
  }
});

part?.addEventListener("mousedown", (event) => {
  const option = event.target.closest("#talk-people [role=option]");
  if (!option) return;
  event.preventDefault();
  choose(document.getElementById("talk-text"), option.parentElement, option);
});

part?.addEventListener("focusout", (event) => {
  if (event.target.id === "talk-text") close(event.target, document.getElementById("talk-people"));
});

for (const area of part?.querySelectorAll("textarea") ?? []) fit(area);

// What called the person has been shown: it leaves their inbox.
if (talk && "unseen" in talk.dataset) {
  fetch(`${talk.dataset.record}/seen`, { method: "POST", headers: { "X-CSRFToken": token } })
    .then(() => document.dispatchEvent(new Event("inbox:changed")), () => {});
}
