"""``parlour open``: the server's page in a browser."""

import os
import webbrowser

from parlour.cli.access import Access
from parlour.cli.find_server import locate
from parlour.cli.output import show


def open_page(access: Access, as_json: bool) -> None:
    """Opens the page, if there is a browser with a window of its own, and prints its address; raises CannotDo."""
    url = f"{locate(access).url}/"
    opened = _has_window() and webbrowser.open(url)
    show(as_json, {"url": url, "opened": opened}, [f"{url} is open in your browser." if opened else url])


def _has_window() -> bool:
    """Whether a browser can be had that does not take over the terminal."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    return type(browser) is not webbrowser.GenericBrowser or bool(os.environ.get("BROWSER"))
