// A gantt: drag a bar to move it, its edges to stretch it, or use the arrows; the server moves it or says why not.
import { refuse } from "./refuse.js";

const says = document.querySelector("[data-gantt-says]");
const token = document.querySelector("meta[name=csrf-token]")?.content;
const EDGE = 7;
const PAUSE = 500;

const chart = () => document.querySelector("#gantt[data-move]");
const box = (bar) => bar.querySelector("svg");
const percent = (element, name) => parseFloat(element.getAttribute(name));

function place(bar, startBy, endBy) {
  const svg = box(bar);
  const step = Number(chart().dataset.step);
  bar.dataset.x ??= percent(svg, "x");
  bar.dataset.width ??= percent(svg, "width");
  svg.setAttribute("x", `${Number(bar.dataset.x) + startBy * step}%`);
  svg.setAttribute("width", `${Math.max(Number(bar.dataset.width) + (endBy - startBy) * step, 0.4)}%`);
}

async function send(bar, startBy, endBy) {
  if (!startBy && !endBy) { place(bar, 0, 0); return; }
  const gantt = chart();
  const focused = document.activeElement === bar;
  const title = bar.getAttribute("aria-label").split(",")[0];
  bar.classList.add("busy");
  const body = new URLSearchParams({ id: bar.dataset.bar, version: bar.dataset.version, start_by: startBy, end_by: endBy });
  let answer = null;
  try {
    answer = await fetch(gantt.dataset.move + location.search, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token } });
  } catch { /* no connection: said below */ }
  if (answer?.ok) {
    await refresh();
    if (focused) document.querySelector(`[data-bar="${bar.dataset.bar}"]`)?.focus();
    says.textContent = gantt.dataset.moved.replace("#", title);
    return;
  }
  const said = answer ? await answer.json().catch(() => ({})) : {};
  bar.classList.remove("busy");
  place(bar, 0, 0);
  refuse(said.detail || said.title || gantt.dataset.refused, says);
}

async function refresh() {
  const answer = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#gantt");
  if (answer.ok && fresh) document.querySelector("#gantt").replaceWith(fresh);
  else location.reload();
}

let drag = null;

function grip(bar, x) {
  const { left, right } = box(bar).querySelector("rect").getBoundingClientRect();
  if (right - left < 4 * EDGE) return "all";
  return x - left < EDGE ? "start" : right - x < EDGE ? "end" : "all";
}

document.addEventListener("pointerdown", (event) => {
  const bar = event.target.closest?.("#gantt[data-move] .gb");
  if (!bar || event.button || event.pointerType === "touch") return;
  drag = { bar, from: event.clientX, grip: grip(bar, event.clientX), by: 0, moved: false };
});

document.addEventListener("pointermove", (event) => {
  const over = event.target.closest?.("#gantt[data-move] .gb");
  if (!drag) { over?.classList.toggle("edge", grip(over, event.clientX) !== "all"); return; }
  const wide = drag.bar.closest(".g-row").getBoundingClientRect().width;
  drag.by = Math.round(((event.clientX - drag.from) / wide) * 100 / Number(chart().dataset.step));
  drag.moved ||= Math.abs(event.clientX - drag.from) > 4;
  if (drag.moved) place(drag.bar, drag.grip === "end" ? 0 : drag.by, drag.grip === "start" ? 0 : drag.by);
});

document.addEventListener("pointerup", () => {
  if (!drag) return;
  const { bar, by, grip: held, moved } = drag;
  drag = null;
  if (!moved) return;
  bar.addEventListener("click", (event) => event.preventDefault(), { once: true });
  send(bar, held === "end" ? 0 : by, held === "start" ? 0 : by);
});
document.addEventListener("pointercancel", () => { if (drag) place(drag.bar, 0, 0); drag = null; });
document.addEventListener("dragstart", (event) => { if (event.target.closest?.(".gb")) event.preventDefault(); });

let keyed = null;

document.addEventListener("keydown", (event) => {
  const bar = event.target.closest?.("#gantt[data-move] .gb");
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!bar || !by || !(event.altKey || event.shiftKey)) return;
  event.preventDefault();
  if (keyed?.bar !== bar) keyed = { bar, start: 0, end: 0 };
  keyed.end += by;
  if (event.altKey) keyed.start += by;
  place(bar, keyed.start, keyed.end);
  clearTimeout(keyed.timer);
  keyed.timer = setTimeout(() => { const done = keyed; keyed = null; send(done.bar, done.start, done.end); }, PAUSE);
});
