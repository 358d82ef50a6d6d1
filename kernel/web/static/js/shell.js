// The shell: menus that close, the palette (Ctrl-K), keyboard shortcuts, questions before what can't be undone.

const menus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  // A picker's list lies outside its menu, and what was clicked in it may be gone by now.
  const picked = event.composedPath().some((each) => each.classList?.contains("ts-dropdown"));
  for (const menu of menus()) if (!picked && !menu.contains(event.target)) menu.open = false;
  const open = event.target.closest("[data-palette]");
  if (open && showPalette()) event.preventDefault();
  const quick = event.target.closest("[data-quick]");
  if (quick) {
    const field = document.getElementById(quick.dataset.quick);
    field.value = quick.textContent.trim();
    field.focus();
  }
});

// ── palette ──
const palette = document.getElementById("palette");

function showPalette() {
  if (!palette || palette.open) return false;
  palette.showModal();
  const field = palette.querySelector("input");
  document.getElementById("pal-seen").value = seenRecords().join(",");
  field.select();
  loadHtmx().then(() => field.dispatchEvent(new Event("palette:open")));
  return true;
}

function loadHtmx() {
  if (window.htmx) return Promise.resolve();
  const own = document.querySelector("script[src*='/js/shell.js']");
  return new Promise((done) => {
    const script = document.createElement("script");
    script.src = document.querySelector("meta[name='htmx-src']")?.content || own.src.replace("js/shell.js", "vendor/htmx.min.js");
    script.onload = () => setTimeout(done, 30);
    document.head.append(script);
  });
}

palette?.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });

// ── records seen of late: kept here, and shown in the palette as far as the person may still read them ──
const MOST_SEEN = 20;
const seenKey = `trellis-seen-${document.body.dataset.user}`;

function seenRecords() {
  try { return JSON.parse(localStorage.getItem(seenKey)) ?? []; } catch { return []; }
}

const here = document.querySelector("[data-seen]")?.dataset.seen;
if (here) {
  try {
    localStorage.setItem(seenKey, JSON.stringify([here, ...seenRecords().filter((each) => each !== here)].slice(0, MOST_SEEN)));
  } catch { /* the browser keeps nothing: then nothing is remembered */ }
}

// ── how much waits in the inbox and is new ──
function showCount(link, count, said, look) {
  let badge = link.querySelector(".cnt");
  if (!badge) {
    badge = document.createElement("span");
    badge.className = look;
    link.append(badge);
  }
  badge.hidden = !count;
  badge.textContent = count;
  badge.append(Object.assign(document.createElement("span"), { className: "vh", textContent: ` ${said}` }));
}

document.addEventListener("live:counts", ({ detail: { count, said, news, unseen } }) => {
  for (const link of document.querySelectorAll("[data-inbox]")) showCount(link, count, said, link.dataset.inbox);
  for (const link of document.querySelectorAll("[data-news]")) showCount(link, news < 100 ? news : "99+", unseen, "cnt");
});

// ── the sheet of shortcuts, with those of the page at hand ──
const sheet = document.getElementById("keys");

function showKeys() {
  for (const own of sheet.querySelectorAll("[data-own]")) own.remove();
  const list = sheet.querySelector("[data-page-keys]");
  for (const target of document.querySelectorAll("main [data-key]")) {
    const row = document.createElement("div");
    row.dataset.own = "";
    const key = row.appendChild(document.createElement("dt")).appendChild(document.createElement("kbd"));
    key.textContent = target.dataset.key.toUpperCase();
    const said = target.cloneNode(true);
    for (const mark of said.querySelectorAll("kbd, i")) mark.remove();
    row.appendChild(document.createElement("dd")).textContent = said.textContent.trim();
    list.prepend(row);
  }
  for (const menu of menus()) menu.open = false;
  sheet.showModal();
}

sheet?.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
document.querySelector("[data-keys]")?.addEventListener("click", showKeys);

function stepRow(by) {
  const rows = [...document.querySelectorAll("tr[data-href] .id a")];
  if (!rows.length) return false;
  const at = rows.findIndex((row) => row.closest("tr").contains(document.activeElement));
  rows[Math.min(Math.max(at + by, 0), rows.length - 1)].focus();
  return true;
}
palette?.addEventListener("keydown", (event) => {
  const entries = [...palette.querySelectorAll("#pal-found a")];
  const at = entries.indexOf(document.activeElement);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    if (next < 0) palette.querySelector("input").focus();
    else entries[Math.min(next, entries.length - 1)]?.focus();
  } else if (event.key === "Enter" && at < 0 && entries.length) {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) window.open(entries[0].href, "_blank", "noopener");
    else location.assign(entries[0].href);
  }
});

// ── keys ──
const typing = (element) => element.closest?.("input, textarea, select, [contenteditable], .ts-wrapper");

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    if (showPalette()) event.preventDefault();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    const record = document.getElementById("record");
    if (record) { event.preventDefault(); record.requestSubmit(); }
    return;
  }
  if (event.key === "Escape") {
    for (const menu of menus()) { menu.open = false; menu.querySelector("summary").focus(); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?" && sheet) { event.preventDefault(); showKeys(); return; }
  if ((event.key === "j" && stepRow(1)) || (event.key === "k" && stepRow(-1))) { event.preventDefault(); return; }
  if (event.key === "/") {
    const field = document.querySelector(".t-search input");
    if (field) { event.preventDefault(); field.focus(); }
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (target) { event.preventDefault(); target.click(); }
});

// ── questions ──
document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  const ask = document.getElementById("ask");
  if (!button?.dataset.confirm || !ask || button.dataset.sure) return;
  event.preventDefault();
  ask.querySelector("#ask-text").textContent = button.dataset.confirm;
  ask.returnValue = "";
  ask.showModal();
  ask.addEventListener("close", () => {
    if (ask.returnValue !== "yes") return;
    button.dataset.sure = "1";
    button.form.requestSubmit(button);
  }, { once: true });
});

// ── theme at once, before the server has saved it ──
for (const button of document.querySelectorAll("[data-theme-choice]")) {
  button.addEventListener("click", () => {
    const dark = button.value === "dark" || (button.value === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
  });
}

// A refusal is read out and seen first.
document.querySelector("[data-focus]")?.focus({ preventScroll: false });

// A long menu is scrolled to where one is.
const aside = document.querySelector(".t-side > .t-nav:not(.foot)");
const current = aside?.querySelector("[aria-current]");
if (current && current.offsetTop + current.offsetHeight > aside.offsetTop + aside.clientHeight) {
  aside.scrollTop = current.offsetTop - aside.offsetTop - aside.clientHeight / 2;
}

// ── a page that opens over this one; without a script, or where it can't be fetched, it opens as any other ──
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(link.href, { headers: { "X-Part": "1" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) {
    location.assign(link.href);
    return;
  }
  const dialog = document.createElement("dialog");
  dialog.className = "pop dlg-share";
  dialog.innerHTML = await answer.text();
  dialog.setAttribute("aria-labelledby", dialog.querySelector("h1").id);
  const close = document.querySelector("#keys button")?.cloneNode(true);
  if (close) {
    close.type = "button";
    close.addEventListener("click", () => dialog.close());
    dialog.querySelector(".t-head").append(close);
  }
  dialog.addEventListener("close", () => { dialog.remove(); link.closest("details")?.querySelector("summary").focus(); });
  document.body.append(dialog);
  dialog.showModal();
});
