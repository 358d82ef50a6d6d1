// Keeps static files by their marked addresses, which never change, and one page to show without a connection.
// Answers made of records always come from the server and are never kept.

const asked = new URL(self.location).searchParams;
const OFFLINE = `/offline?lang=${encodeURIComponent(asked.get("lang") ?? "")}`;
const PAGE = `trellis-offline-${asked.get("lang")}-${asked.get("v")}`;
const FILES = "trellis-files";
const marked = (url) => url.origin === self.location.origin && url.pathname.startsWith("/static/") && url.search !== "";

async function keepPage() {
  const page = await fetch(OFFLINE, { cache: "no-store", credentials: "omit" });
  if (!page.ok) throw new Error(`The page without connection: ${page.status}`);
  const html = await page.clone().text();
  await (await caches.open(PAGE)).put(OFFLINE, page);
  const files = [...html.matchAll(/(?:src|href)="(\/static\/[^"]+\?v=[^"]+)"/g)].map((found) => found[1]);
  const kept = await caches.open(FILES);
  for (const name of new Set(files)) {
    const answer = await fetch(name);
    if (name.includes(".css")) await kept.addAll(fontsOf(await answer.clone().text(), name));
    await kept.put(name, answer);
  }
}

function fontsOf(style, name) {
  const marks = [...style.matchAll(/url\("?([^"()]+\.woff2\?\w+)"?\)/g)].map((found) => found[1]);
  return marks.map((mark) => new URL(mark, new URL(name, self.location.origin)).href);
}

async function forgetOld() {
  for (const name of await caches.keys()) {
    if (name.startsWith("trellis-offline-") && name !== PAGE) await caches.delete(name);
  }
  await self.clients.claim();
}

async function file(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await files.delete(request, { ignoreSearch: true }); // an older one under another mark
    await files.put(request, answer.clone());
  }
  return answer;
}

async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(PAGE)).match(OFFLINE);
    if (!kept) throw error;
    const html = await kept.text();
    const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": kept.headers.get("Content-Security-Policy") };
    return new Response(request.method === "POST" ? html.replace('data-again="reload"', 'data-again="back"') : html, { status: 503, headers });
  }
}

self.addEventListener("install", (event) => event.waitUntil(keepPage().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(forgetOld()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (request.method === "GET" && marked(new URL(request.url))) event.respondWith(file(request));
});
