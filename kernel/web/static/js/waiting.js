// Waits until the process answers again, then goes on.
const onwards = document.querySelector("[data-onwards]")?.dataset.onwards;

async function ask() {
  try {
    const answer = await fetch("/readyz", { cache: "no-store" });
    if (answer.ok) { location.replace(onwards); return; }
  } catch { /* not back yet */ }
  setTimeout(ask, 500);
}

if (onwards) setTimeout(ask, 1800);
