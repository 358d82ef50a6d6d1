// What is new comes by a stream while the page is looked at. Where there is none, or it breaks, the page asks now and
// then, and tries for a stream again after a while. What arrives is told as events: live:counts, live:progress.

const ASK_EVERY = 60_000;
const TRY_AGAIN = 300_000;
const work = document.querySelector("[data-work]")?.dataset.work;
let stream = null;
let asking = 0;
let trying = 0;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));

function listen() {
  if (stream || !("live" in document.body.dataset) || document.hidden || !document.querySelector("[data-inbox]")) return;
  stream = new EventSource(work ? `/events?work=${encodeURIComponent(work)}` : "/events");
  for (const name of ["counts", "progress"]) stream.addEventListener(name, (event) => tell(name, JSON.parse(event.data)));
  stream.addEventListener("over", rest);
  stream.addEventListener("open", () => { clearInterval(asking); asking = 0; });
  stream.addEventListener("error", () => { if (stream?.readyState === EventSource.CLOSED) { rest(); ask(); fallBack(); } });
}

function rest() {
  stream?.close();
  stream = null;
}

function fallBack() {
  asking ||= setInterval(ask, ASK_EVERY);
  clearTimeout(trying);
  trying = setTimeout(listen, TRY_AGAIN);
  tell("alone");
}

async function ask() {
  if (document.hidden || !document.querySelector("[data-inbox]")) return;
  const answer = await fetch("/inbox/count", { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) tell("counts", await answer.json());
}

document.addEventListener("visibilitychange", () => { if (document.hidden) rest(); else if (asking) ask(); else listen(); });
document.addEventListener("inbox:changed", () => { if (!stream) ask(); });
addEventListener("pagehide", rest);
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
if ("live" in document.body.dataset) listen();
else fallBack(); // this server has no room for streams
