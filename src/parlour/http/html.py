"""Pages for browsers: one file each, without scripts, pictures or anything from elsewhere."""

from base64 import b64encode
from hashlib import sha256
from html import escape

import falcon.asgi

HTML = "text/html"

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2329; --soft: #5d6872; --line: #dde2e6; --page: #fff; --band: #f5f7f8;
  --good: #17734a; --warn: #925400; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8eb; --soft: #9aa5ae; --line: #343c43; --page: #14181b;
  --band: #1b2024; --good: #5fc796; --warn: #e6a44c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 2.5rem 1.25rem 4rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.05rem; margin: 0; color: var(--soft); font-weight: 500; }
h2 { font-size: 1.05rem; margin: 2.5rem 0 .5rem; }
.summary { font-size: 1.6rem; line-height: 1.25; margin: .35rem 0 .5rem; font-weight: 600; text-wrap: balance; }
.soft { color: var(--soft); }
.good { color: var(--good); } .warn { color: var(--warn); }
code { font: 13px ui-monospace, monospace; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 500; color: var(--soft); }
th, td { padding: .5rem 1rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
th.number, td.number { text-align: right; }
pre { background: var(--band); border: 1px solid var(--line); padding: .75rem 1rem; overflow-x: auto; }
td p { margin: 0; } td .path { color: var(--soft); }
.verdict { white-space: nowrap; font-weight: 600; }
a { color: inherit; }
ul { margin: 0; padding: 0; list-style: none; } summary { cursor: pointer; }
details ul { list-style: disc; padding-left: 1.2rem; }
"""
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""A browser keeps to this even if something got into a page that should have been escaped."""


def page(title: str, content: str) -> str:
    """The whole page; *content* is HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{content}</body></html>"
    )


def send_page(response: falcon.asgi.Response, text: str) -> None:
    """*text* as the answer."""
    response.content_type = f"{HTML}; charset=utf-8"
    response.set_headers(_HEADERS)
    response.text = text
