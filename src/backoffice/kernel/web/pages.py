"""The few pages of our own that a person opens in a browser; everybody else is answered in the product's shape."""

from starlette.requests import Request
from starlette.responses import HTMLResponse

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>backoffice</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>body{{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1rem;color:#1c2530}}
h1{{font-size:1.6rem}}li{{margin:.6rem 0}}a{{color:#0b57d0}}code{{background:#f2f4f7;padding:.1rem .3rem}}</style>
{content}</html>"""
NOTHING = """<h1>Nothing is here</h1><p>No page has this address. <a href="/">What runs here</a></p>"""
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}


def page(content: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(PAGE.format(content=content), status, HEADERS)


def asks_for_a_page(request: Request) -> bool:
    """Browsers that were given an address say so; clients of an API take anything, or JSON."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")


def nothing_for_a_person() -> HTMLResponse:
    """The answer to an address that no page has, with a way on."""
    return page(NOTHING, 404)
