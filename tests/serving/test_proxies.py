"""The lines for proxies that docs/chapters/realtime.md shows carry the socket and the REST API."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.processes import started
from tests.twilsock import connected

NGINX = """
daemon off;
pid {folder}/pid;
error_log stderr notice;
{user}
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    {lines}
  }}
}}
"""
CADDY = """
{{
  admin off
  auto_https off
  storage file_system {folder}
}}
http://127.0.0.1:{port} {{
  {lines}
}}
"""


class Behind:
    """Where a parlour is reached by way of a proxy."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"


def heard(process: "subprocess.Popen[str]", words: str) -> None:
    """Returns when the process has said so."""
    assert process.stderr is not None
    said = ""
    while words not in said:
        line = process.stderr.readline()
        assert line, f"it ended: {said}"
        said += line


@pytest.mark.parametrize(
    ("name", "configuration", "options", "ready"),
    [
        ("nginx", NGINX, ("-c", "{file}"), "start worker process "),
        ("caddy", CADDY, ("run", "--adapter", "caddyfile", "--config", "{file}"), "serving initial configuration"),
    ],
    ids=["nginx", "caddy"],
)
async def test_carries_a_log_in_and_a_message(
    api: AccountClient,
    pytestconfig: pytest.Config,
    tmp_path: Path,
    name: str,
    configuration: str,
    options: tuple[str, ...],
    ready: str,
) -> None:
    program = shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip(f"needs {name}; Debian, Ubuntu: apt install {name}")
    page = (pytestconfig.rootpath / "docs" / "chapters" / "realtime.md").read_text(encoding="utf-8")
    (shown,) = re.findall(f"### {name}\n\n.*?\n\n((?:    .*\n)+)", page, re.IGNORECASE)
    lines = shown.replace("127.0.0.1:8010", api.url.removeprefix("http://"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    file = tmp_path / "configuration"
    user = "user root;" if os.getuid() == 0 else ""
    file.write_text(configuration.format(folder=tmp_path, port=port, lines=lines, user=user))
    with started([program, *(each.format(file=file) for each in options)], stderr=subprocess.PIPE) as process:
        await asyncio.to_thread(heard, process, ready)
        room = await api.made("/Conversations", UniqueName="front-desk")
        await api.made("/Conversations/front-desk/Participants", Identity="alice")
        async with connected(Behind(port), await token_for(api, "alice")) as client:
            links = (await client.get("/Client/v2/Configuration")).row["links"]
            assert links["conversations"].startswith(f"http://127.0.0.1:{port}/")
            await client.subscribe(f"ES{room['sid']}.messages", "list", None)
            answer = await api.send(
                "POST", f"http://127.0.0.1:{port}/v1/Conversations/front-desk/Messages", b"Body=hello",
                {"Content-Type": "application/x-www-form-urlencoded"},
            )  # fmt: skip
            assert answer.row["url"].startswith(f"http://127.0.0.1:{port}/")
            assert (await client.event("list_item_added"))["item_data"]["text"] == "hello"
