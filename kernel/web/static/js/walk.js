// The first walk: puts its popover beside what it points at; Esc or the cross closes it and goes back there. A field
// pointed at has the keyboard, with the popover's words as its description: one types right away.

const note = document.querySelector("[data-point]");
const GAP = 12;
const EDGE = 12;
let target = null;

function shown(selector) {
  if (!selector) return null;
  return [...document.querySelectorAll(selector)].find((each) => each.getClientRects().length) ?? null;
}

function place() {
  if (!target) return;
  const at = target.getBoundingClientRect();
  const own = note.getBoundingClientRect();
  const above = at.bottom + GAP + own.height > innerHeight && at.top - GAP - own.height > 0;
  const left = Math.max(EDGE, Math.min(at.left, innerWidth - own.width - EDGE));
  note.classList.toggle("above", above);
  note.style.left = `${left + scrollX}px`;
  note.style.top = `${(above ? at.top - GAP - own.height : at.bottom + GAP) + scrollY}px`;
}

function close() {
  note.remove();
  target?.classList.remove("pointed");
  target?.focus();
  const here = new URL(location.href);
  here.searchParams.delete("first-step");
  history.replaceState(null, "", here);
}

function begin() {
  target = shown(note.dataset.point);
  // a picker or a plain form control that a script replaced: what stands in its place
  if (!target && note.dataset.point.startsWith("#")) target = shown(`${note.dataset.point}-ts-control`)?.closest(".ts-wrapper");
  if (target) {
    document.body.append(note);
    note.classList.add("placed");
    target.classList.add("pointed");
    target.scrollIntoView({ block: "center" });
    place();
    addEventListener("resize", place);
    addEventListener("scroll", place, true);
  }
  if (target?.matches("input, textarea, select")) {
    const words = [target.getAttribute("aria-describedby"), note.querySelector("p").id].filter(Boolean);
    target.setAttribute("aria-describedby", words.join(" "));
    target.focus({ preventScroll: true });
  } else {
    note.focus({ preventScroll: true });
  }
}

if (note) {
  addEventListener("keydown", (event) => { if (event.key === "Escape" && note.isConnected) { event.stopPropagation(); close(); } }, true);
  note.querySelector("[data-point-close]").addEventListener("click", (event) => { event.preventDefault(); close(); });
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin);
}
