// An import's pages: a dropped file is shown and sent; a long run shows how far it is.

const zone = document.querySelector("[data-drop]");
if (zone) {
  const input = zone.querySelector("input[type=file]");
  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change"));
  });
  input.addEventListener("change", () => {
    if (!input.files.length) return;
    zone.querySelector("[data-file]").textContent = input.files[0].name;
    input.form.requestSubmit();
  });
}

const run = document.querySelector("[data-progress]");
if (run) {
  const bar = run.querySelector("progress");
  const words = run.querySelector("[data-done]");
  const number = new Intl.NumberFormat(document.documentElement.lang || undefined);
  const show = (told) => {
    if (!told.busy) { location.replace(run.dataset.onwards); return false; }
    if (told.done) {
      bar.max = told.total;
      bar.value = told.done;
      words.textContent = words.dataset.words.replace("{done}", number.format(told.done)).replace("{total}", number.format(told.total));
    }
    return true;
  };
  document.addEventListener("live:progress", (event) => show(event.detail));
  const ask = async () => {
    try {
      const answer = await fetch(run.dataset.progress, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.ok && !show(await answer.json())) return;
    } catch { /* the server is away for a moment */ }
    setTimeout(ask, 700);
  };
  document.addEventListener("live:alone", ask, { once: true });
}
