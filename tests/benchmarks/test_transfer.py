"""What P7 counts as the first page's transfer: the page, and all that it and its files name."""

from benchmarks.transfer import Fetched, names, transfer

HOME = """
<link rel="stylesheet" href="/static/a.css?v=1"><link rel="apple-touch-icon" href="/static/touch.png">
<link rel="icon" href="data:image/png;base64,x"><script src="/static/js/a.js" type="module"></script>
<script src="/static/js/a.js" type="module"></script><a href="/inbox">Inbox</a><img src="/logo">
"""
SITE = {
    "/": Fetched("text/html", HOME, 1),
    "/static/a.css?v=1": Fetched("text/css", "@font-face{src:url('font.woff2#x')} i{background:url(data:a)}", 10),
    "/static/font.woff2": Fetched("font/woff2", "url(/not/read)", 100),
    "/static/js/a.js": Fetched("text/javascript", 'import { b } from "./b.js";\nimport("./when-needed.js");', 1_000),
    "/static/js/b.js": Fetched("text/javascript", 'export { c } from "https://elsewhere.example/c.js";', 10_000),
    "/logo": Fetched("image/png", "", 100_000),
}


def test_everything_that_is_named_is_counted_once_and_nothing_that_is_not_fetched() -> None:
    sizes = transfer("/", SITE.__getitem__)
    assert sizes == {path: found.size for path, found in SITE.items()}


def test_imports_are_found_however_they_are_written() -> None:
    script = "import'./one.js';import two,{x as y}from\"./two.js\"\nexport * from './three.js'; call('./no.js')"
    assert list(names("text/javascript", script)) == ["./one.js", "./two.js", "./three.js"]


def test_a_style_names_files_and_imports() -> None:
    style = '@import "base.css"; a{background:url( "a.svg" )} b{mask:url(#within)}'
    assert list(names("text/css", style)) == ["base.css", "a.svg"]
