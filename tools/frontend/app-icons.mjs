// Draw the application's icons, as phones and desktops want them, from trellis.svg: `app-icons.mjs trellis.svg FOLDER`.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Resvg, initWasm } from "@resvg/resvg-wasm";

const [source, folder] = process.argv.slice(2);
await initWasm(await readFile(createRequire(import.meta.url).resolve("@resvg/resvg-wasm/index_bg.wasm")));
const round = await readFile(source, "utf8");
const full = round.replace(/ rx="[\d.]+"/, ""); // to the edge: the system cuts its own shape, the strokes stay inside

for (const [name, svg, width] of [
    ["app-192.png", round, 192], ["app-512.png", round, 512], ["app-maskable.png", full, 512], ["app-touch.png", full, 180],
]) {
    await writeFile(join(folder, name), new Resvg(svg, { fitTo: { mode: "width", value: width } }).render().asPng());
}
