// What is typed is kept in this browser until it is saved: per person, form and version. It is offered again after a
// reload, a crash, a sign-in that ran out or a dropped connection. Passwords, files and tokens are never kept.

const PREFIX = "trellis:kept:";
const DAYS = 14;
const user = document.body.dataset.user;
const nameOf = (address) => `${PREFIX}${user}:${new URL(address, location.href).pathname}`;
const forms = document.querySelectorAll("form[data-keep]");
const PRIVATE = new Set(["csrf_token", "once", "version"]);

function* stored() {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(PREFIX)) yield [name, read(name) ?? {}];
  }
}

function read(name) {
  try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
}

function typed(form) {
  const secret = new Set([...form.querySelectorAll("input[type=password], input[type=file]")].map((field) => field.name));
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !PRIVATE.has(name) && !secret.has(name));
}

// ── what was saved, or is too old, goes ──
const saved = new Set((document.body.dataset.saved ?? "").split(" ").filter(Boolean));
const oldest = Date.now() - DAYS * 86_400_000;
for (const [name, kept] of stored()) {
  if (saved.has(kept.once) || !(kept.at > oldest)) localStorage.removeItem(name);
}

document.addEventListener("submit", (event) => {
  if (new URL(event.target.action).pathname !== "/sign-out") return;
  for (const [name] of stored()) localStorage.removeItem(name);
});

document.addEventListener("click", (event) => {
  const form = event.target.closest(".savebar a")?.closest("form[data-keep]");
  const dropped = event.target.closest("a[data-drop]");
  if (form) localStorage.removeItem(nameOf(form.action));
  if (dropped) localStorage.removeItem(nameOf(dropped.href));
});

// ── each form keeps itself ──
function watch(form) {
  const name = nameOf(form.action);
  const pristine = JSON.stringify(typed(form));
  const refused = Boolean(form.querySelector(".refused"));
  let timer = 0;

  const keep = () => {
    clearTimeout(timer);
    timer = 0;
    const fields = typed(form);
    if (JSON.stringify(fields) === pristine && !refused) return localStorage.removeItem(name);
    const labels = {};
    for (const select of form.querySelectorAll("select[data-options]")) {
      if (select.value) labels[select.name] = select.selectedOptions[0].textContent;
    }
    const { version, once } = form.elements;
    try {
      localStorage.setItem(name, JSON.stringify({ at: Date.now(), version: version?.value, once: once.value, fields, labels }));
    } catch { /* the browser's store is full or closed: typing goes on without */ }
  };
  const soon = () => { timer ||= setTimeout(keep, 300); };
  for (const kind of ["input", "change", "lines:changed"]) form.addEventListener(kind, soon);
  addEventListener("pagehide", () => { if (timer) keep(); });

  // Before all others: without a connection nothing is sent, and nobody is asked anything.
  document.addEventListener("submit", (event) => {
    if (event.target !== form) return;
    keep();
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waitForConnection(form, event.submitter);
  }, true);

  const kept = read(name);
  if (kept && JSON.stringify(kept.fields) !== pristine) offer(form, kept, name);
  else if (kept) keep();
}

function bar(form, id) {
  form.querySelector(":scope > .kept")?.remove();
  const made = document.getElementById(id).content.firstElementChild.cloneNode(true);
  form.prepend(made);
  return made;
}

function offer(form, kept, name) {
  const asks = bar(form, "kept-offer");
  const day = new Date(kept.at);
  const today = day.toDateString() === new Date().toDateString();
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { ...(today ? {} : { dateStyle: "medium" }), timeStyle: "short" }).format(day);
  const text = asks.querySelector("[data-text]");
  text.textContent = text.dataset.text.replace("{when}", when);
  asks.querySelector("[data-older]").hidden = !kept.version || kept.version === form.elements.version?.value;
  asks.querySelector("[data-drop-it]").addEventListener("click", () => { localStorage.removeItem(name); asks.remove(); });
  asks.querySelector("[data-put-back]").addEventListener("click", () => { asks.remove(); putBack(form, kept); });
}

function putBack(form, kept) {
  const values = new Map();
  for (const [name, value] of kept.fields) values.set(name, [...(values.get(name) ?? []), value]);
  for (const name of values.keys()) addRow(form, name);
  for (const field of form.elements) {
    if (!values.has(field.name) || field.type === "hidden" || field.type === "submit") continue;
    const wanted = values.get(field.name);
    const value = wanted[wanted.length - 1];
    if (field.type === "checkbox") field.checked = wanted.includes(field.value);
    else if (field.tomselect) choose(field, value, kept.labels?.[field.name]);
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (field.name.endsWith(".remove") && field.checked) field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (kept.version && form.elements.version) form.elements.version.value = kept.version;
  form.elements.once.value = kept.once;
}

// A line that was added while typing has no row yet on the fresh page.
function addRow(form, name) {
  const line = /^(\w+)\[n\d+\]\./.exec(name);
  const button = line && form.querySelector(`[data-lines="${line[1]}"] [data-add]`);
  for (let tries = 0; button && !form.elements[name] && tries < 500; tries++) button.click();
}

function choose(select, value, label) {
  if (value && !select.tomselect.options[value]) select.tomselect.addOption({ value, label: label ?? value, text: label ?? value });
  select.tomselect.setValue(value);
}

// The device's word that it is connected comes before anything gets through: only an answer of the server counts.
async function reachable() {
  try {
    return (await fetch("/healthz", { method: "HEAD", cache: "no-store" })).ok;
  } catch { return false; }
}

function waitForConnection(form, submitter) {
  const says = bar(form, "kept-waits");
  let pause = 500;
  let timer = 0;
  let waits = true;
  const send = async () => {
    clearTimeout(timer);
    if (!navigator.onLine) return;
    const answered = await reachable();
    if (!waits) return;
    if (answered) {
      stop();
      form.requestSubmit(submitter?.isConnected ? submitter : undefined);
    } else {
      pause = Math.min(2 * pause, 30_000);
      timer = setTimeout(send, pause);
    }
  };
  const stop = () => {
    waits = false;
    clearTimeout(timer);
    removeEventListener("online", send);
    says.remove();
  };
  addEventListener("online", send);
  says.querySelector("[data-send-now]").addEventListener("click", send);
  says.querySelector("[data-stay]").addEventListener("click", stop);
  says.scrollIntoView({ block: "nearest" });
}

// Pickers and sub-tables have set themselves up by then.
const begin = () => forms.forEach(watch);
if (document.readyState === "complete") begin();
else addEventListener("load", begin);
