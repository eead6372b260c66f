"""Recordings of three forms are read alike; what is no call of the API is left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from parlour.compat.recording import UnreadableRecording, counted, is_har
from parlour.compat.usage_counts import Subject
from parlour.contract.rest import PUBLISHED, routes
from parlour.resources.catalogue import RESOURCES

ROUTES = [route for each in RESOURCES if each.prefix == PUBLISHED for route in routes(each)]
AGENT = "twilio-python/9.8.0 (Linux x86_64) Python/3.11.2"
SDK = (Subject.SDK, "twilio-python 9.8.0")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return tmp_path / "recording"


def entry(method: str, url: str, *, status: int = 200, answer: str = "", **more: Any) -> dict[str, Any]:
    headers = [{"name": "User-Agent", "value": AGENT}]
    response = {"status": status, "content": {"text": answer}}
    return {"request": {"method": method, "url": url, "headers": headers, **more}, "response": response}


def har(path: Path, *entries: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return path


def test_a_har_file_tells_operations_parameters_libraries_and_refusals(recording: Path) -> None:
    at = "https://conversations.twilio.com/v1"
    refusal = json.dumps({"code": 50207, "message": "Identity too long", "status": 400})
    as_text: dict[str, Any] = {
        "postData": {"mimeType": "application/x-www-form-urlencoded", "text": "Identity=dana&Colour=red"}
    }
    as_list: dict[str, Any] = {
        "postData": {"params": [{"name": "Identity", "value": "x"}, {"name": "Attributes", "value": "{}"}]}
    }
    har(
        recording,
        entry("POST", f"{at}/Users", **as_text),
        entry("POST", f"{at}/Users", status=400, answer=refusal, **as_list),
        entry("GET", f"{at}/Services/IS1/Conversations?PageSize=5&Sort=x"),
        entry("GET", f"{at}/Users/dana/Photos", status=404, answer="<html>"),
    )
    assert is_har(recording)
    assert counted(recording, ROUTES) == {
        (Subject.OPERATION, "CreateUser"): 2,
        (Subject.OPERATION, "ListServiceConversation"): 1,
        (Subject.PARAMETER, "CreateUser Identity"): 2,
        (Subject.PARAMETER, "CreateUser Attributes"): 1,
        (Subject.PARAMETER, "ListServiceConversation PageSize"): 1,
        (Subject.UNKNOWN_PARAMETER, "CreateUser Colour"): 1,
        (Subject.UNKNOWN_PARAMETER, "ListServiceConversation Sort"): 1,
        (Subject.ERROR, "CreateUser 50207"): 1,
        (Subject.UNSERVED, "GET /v1/Users/{}/Photos"): 1,
        SDK: 4,
    }


@pytest.mark.parametrize(
    "line",
    [
        f"GET https://conversations.twilio.com/v1/Users/dana {AGENT}",
        f"  GET /v1/Users/dana\t{AGENT}  ",
        f'10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET /v1/Users/dana HTTP/1.1" 200 2326 "-" "{AGENT}"',
        f'host:443 10.0.0.1 - u [x] "GET /v1/Users/dana?x=1 HTTP/2.0" 200 2326 "https://a.b/" "{AGENT}" 0.003',
    ],
)
def test_a_line_of_text_is_one_call(recording: Path, line: str) -> None:
    recording.write_text(f"# what I saw\n\n{line}\nnonsense\n")
    assert not is_har(recording)
    assert counted(recording, ROUTES) == {(Subject.OPERATION, "FetchUser"): 1, SDK: 1}


@pytest.mark.parametrize(
    "line",
    ["GET /v1/Users", 'INFO:     127.0.0.1:50412 - "GET /v1/Users HTTP/1.1" 200 OK', '"GET /v1/Users HTTP/1.0" 200 5'],
)
def test_a_library_that_is_not_recorded_is_none_that_is_known(recording: Path, line: str) -> None:
    recording.write_text(line)
    assert counted(recording, ROUTES) == {(Subject.OPERATION, "ListUser"): 1, (Subject.SDK, "other"): 1}


def test_what_goes_elsewhere_is_left_out(recording: Path) -> None:
    recording.write_text(
        "GET https://example.org/v2/Users\nGET https://example.org/\nGET /v1/Users\nGET https://example.org/v1/Photos\n"
    )
    assert counted(recording, ROUTES) == {
        (Subject.OPERATION, "ListUser"): 1,
        (Subject.UNSERVED, "GET /v1/Photos"): 1,
        (Subject.SDK, "other"): 2,
    }


@pytest.mark.parametrize("host", ["conversations.twilio.com", "conversations.dublin.ie1.twilio.com"])
def test_where_calls_go_to_the_original_only_those_count(recording: Path, host: str) -> None:
    recording.write_text(f"GET https://{host}/v1/Users\nGET https://example.org/v1/Photos\n")
    assert counted(recording, ROUTES) == {(Subject.OPERATION, "ListUser"): 1, (Subject.SDK, "other"): 1}


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"log": {}}', '{"log": {"entries": [{}]}}', '{"log": {"entries": [3]}}', '{"log": null}']
)
def test_what_begins_like_a_har_file_and_is_none_is_told(recording: Path, text: str) -> None:
    recording.write_text(text)
    with pytest.raises(UnreadableRecording, match="begins like a HAR file"):
        counted(recording, ROUTES)


def test_a_recording_that_cannot_be_read_is_told(recording: Path) -> None:
    with pytest.raises(UnreadableRecording, match="Cannot read the recording"):
        counted(recording, ROUTES)


def test_an_empty_recording_used_nothing(recording: Path) -> None:
    recording.write_bytes(b"\xff\xfe\x00")
    assert counted(recording, ROUTES) == {}
