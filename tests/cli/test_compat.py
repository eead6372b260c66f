"""``parlour compat``: from a recording, from a server that runs, and from the database."""

from pathlib import Path

import pytest

from tests.cli.running import RunCommand, Serve


def test_a_recording_is_told_without_any_server(command: RunCommand, folder: Path) -> None:
    recording = folder / "calls.txt"
    recording.write_text("GET /v1/Roles twilio-node/6.0.1 (linux x64)\nGET /v1/Roles\nDELETE /v1/Photos/3\n")
    told = command("compat", "--recording", str(recording))
    assert (told.status, told.err) == (0, "")
    lines = told.out.splitlines()
    assert lines[0].startswith("1 of 103 operations used: ")
    assert any(line.split()[:2] == ["ListRole", "2"] for line in lines)
    assert "  DELETE /v1/Photos/{}  1" in lines
    assert "  twilio-node 6.0.1  1" in lines


def test_a_recording_is_told_as_a_document(command: RunCommand, folder: Path) -> None:
    recording = folder / "calls.txt"
    recording.write_text("GET /v1/Roles\n")
    document = command("compat", "--recording", str(recording), "--json").document
    assert [each["operation"] for each in document["operations"]] == ["ListRole"]
    assert (document["first_at"], document["sdks"]) == (None, {"other": 1})


def test_a_server_tells_the_same_as_its_database(serve: Serve, command: RunCommand, data: Path) -> None:
    serving = serve()
    made = command("account", "create", "--data", str(data), "--json").document
    sid, token = made["sid"], made["auth_token"]
    for _ in range(3):
        assert serving.status("/v1/Roles", sid, token) == 200
    assert serving.status("/v1/Photos", sid, token) == 404
    words = ("compat", "--url", f"{serving.url}/", "--account-sid", sid, "--json")
    asked = command(*words, "--auth-token", token).document
    assert asked == command(*words, auth_token=token).document
    assert {each["operation"]: each["count"] for each in asked["operations"]} == {"ListRole": 3}
    assert asked["unserved"] == {"GET /v1/Photos": 1}
    assert command("compat", "--account-sid", sid, "--json", data=data).document == asked
    lines = command("compat", "--account-sid", sid, data=data).out.splitlines()
    assert lines[0] == asked["summary"]
    assert f"  GET /v1/Photos  {asked['unserved']['GET /v1/Photos']}" in lines


def test_several_processes_tell_together_and_what_they_counted_outlives_them(
    serve: Serve, command: RunCommand, data: Path
) -> None:
    serving = serve("--workers", "2")
    made = command("account", "create", "--data", str(data), "--json").document
    for _ in range(20):
        assert serving.status("/v1/Roles", made["sid"], made["auth_token"]) == 200
    serving.process.terminate()
    serving.rest()
    (used,) = command("compat", "--account-sid", made["sid"], "--json", data=data).document["operations"]
    assert (used["operation"], used["count"]) == ("ListRole", 20)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--url", "http://127.0.0.1:9"), "Whose calls? No parlour that you started is known at"),
        (("--url", "localhost"), "localhost is not the address of a server"),
        (("--url", "http://127.0.0.1:9"), "http://127.0.0.1:9 does not answer"),
        (("--recording", "/nowhere/calls.har"), "Cannot read the recording /nowhere/calls.har"),
    ],
)
def test_what_goes_wrong_is_told_in_a_sentence(command: RunCommand, words: tuple[str, ...], complaint: str) -> None:
    credentials = () if complaint.startswith("Whose") else ("--account-sid", "AC1", "--auth-token", "x")
    refused = command("compat", *words, *credentials)
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith(f"parlour: {complaint}")
    assert refused.err.count("\n") == 1


def test_wrong_credentials_and_other_servers_are_told(serve: Serve, command: RunCommand) -> None:
    serving = serve()
    words = ("compat", "--account-sid", serving.account, "--auth-token", "wrong", "--url")
    refused = command(*words, serving.url)
    assert refused.err == f"parlour: {serving.url} answers 401. Account SID or auth token are wrong.\n"
    refused = command(*words, f"{serving.url}/v2")
    assert refused.err == f"parlour: {serving.url}/v2 answers 404.\n"
