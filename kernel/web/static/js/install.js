// Puts the service worker in place: it speaks the person's language, so its address names that.

const own = document.getElementById("install");

if ("serviceWorker" in navigator) navigator.serviceWorker.register(own.dataset.worker, { scope: "/" }).catch(() => {});
