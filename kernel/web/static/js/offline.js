// The page without connection: tries again when asked, and by itself when the connection is back.
// After a form that couldn't be sent it goes back to the form, where what was typed is offered again.

const again = document.querySelector("[data-again]");

function retry() {
  if (again.dataset.again === "back") history.back();
  else location.replace(location.href);
}

again.addEventListener("click", (event) => {
  event.preventDefault();
  retry();
});

// The device may say it is connected before anything can be reached.
async function back() {
  try {
    await fetch("/readyz", { cache: "no-store" });
    retry();
  } catch {
    if (navigator.onLine) setTimeout(back, 1000);
  }
}
addEventListener("online", back);
