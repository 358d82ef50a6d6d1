// Counting by scanning: each scan is sent at once and in order, what it became is shown, heard and felt.
// Without a connection scans wait here and are sent when it is back; each has its own key, so none counts twice.

const queue = [];
let sending = false;
let sound = null;

const page = () => document.getElementById("count");
const key = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-count]");
  if (!form) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  body.set("once", key().slice(0, 40));
  if (event.submitter?.name) body.delete("code");
  else form.elements.code.value = "";
  sound ??= new AudioContext();
  queue.push({ url: form.action, body: new URLSearchParams(body) });
  work();
});

async function work() {
  if (sending) return;
  sending = true;
  while (queue.length) {
    const { url, body } = queue[0];
    let answer = null;
    try {
      answer = await fetch(url, { method: "POST", body, headers: { Accept: "text/html" } });
    } catch {
      break;
    }
    queue.shift();
    if (answer.redirected && !answer.url.endsWith("/scan")) { location.assign(answer.url); return; }
    show(await answer.text());
  }
  sending = false;
  if (queue.length) wait();
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("count");
  if (!fresh) { location.reload(); return; }
  document.adoptNode(fresh);
  const old = page();
  const camera = old.querySelector("[data-camera]");
  fresh.querySelector("[data-camera]").replaceWith(camera); // its picture goes on
  const typed = old.querySelector("[data-typed]").value;
  old.replaceWith(fresh);
  const field = fresh.querySelector("[data-typed]");
  if (typed) field.value = typed;
  if (matchMedia("(pointer: fine)").matches) field.focus({ preventScroll: true }); // on a phone its keyboard would cover the line
  document.dispatchEvent(new Event("count:shown"));
  const tone = fresh.querySelector(".scan").dataset.tone;
  beep(tone);
  navigator.vibrate?.(tone === "red" ? [120, 60, 120] : 40);
}

function wait() {
  const bar = page().querySelector(".scan");
  bar.classList.add("waits");
  bar.querySelector(".grow").textContent = page().dataset.waiting.replace("{count}", queue.length);
}

function beep(tone) {
  if (!sound) return;
  const voice = sound.createOscillator();
  const volume = sound.createGain();
  voice.type = tone === "red" ? "square" : "sine";
  voice.frequency.value = tone === "red" ? 180 : 1320;
  volume.gain.value = 0.15;
  voice.connect(volume).connect(sound.destination);
  voice.start();
  voice.stop(sound.currentTime + (tone === "red" ? 0.4 : 0.09));
}

addEventListener("online", work);
setInterval(() => { if (queue.length) work(); }, 4000);
addEventListener("beforeunload", (event) => { if (queue.length) event.preventDefault(); });
