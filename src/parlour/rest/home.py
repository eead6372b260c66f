"""``GET /`` for a browser: says that parlour runs, and what to do next."""

from html import escape

import falcon.asgi

from parlour import __version__
from parlour.core.errors import NotFound
from parlour.http.forwarded import origin
from parlour.http.html import HTML, page, send_page

JSON = "application/json"


class Home:
    """A page for browsers; for programs there is nothing here."""

    def __init__(self, public_url: str | None) -> None:
        self._public_url = public_url

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        response.append_header("Vary", "Accept")
        if request.client_prefers((JSON, HTML)) != HTML:
            raise NotFound
        send_page(response, page("parlour", _content(self._public_url or origin(request))))


def _content(base: str) -> str:
    url = escape(base)
    lines = (
        "export ACCOUNT_SID=AC… AUTH_TOKEN=…",
        f'curl -u "$ACCOUNT_SID:$AUTH_TOKEN" {url}/v1/Conversations -d FriendlyName=Hello',
        f'curl -u "$ACCOUNT_SID:$AUTH_TOKEN" {url}/v1/Conversations',
    )
    return (
        f"<h1>parlour {escape(__version__)}</h1>"
        '<p class="summary">It runs.</p>'
        f"<p>Its base URL, as your browser sees it, is <code>{url}</code>. Give it to your client library: in Python"
        f' <code>client.conversations.base_url = "{url}"</code>, in Node'
        f' <code>client.conversations.baseUrl = "{url}";</code></p>'
        f"<h2>Try it in a shell</h2><pre><code>{'<br>'.join(lines)}</code></pre>"
        "<p>The Account SID and auth token were printed by <code>parlour serve</code>;"
        " <code>parlour account list --show-tokens</code> shows them again.</p>"
        '<h2>Look on</h2><ul><li><a href="/openapi.json">Every operation</a>, as an OpenAPI document</li>'
        '<li><a href="/parlour/v1/compat">What your application uses</a>, and whether that is verified;'
        " asks for the SID and token</li></ul>"
    )
