"""Signatures: the published vectors, and whatever the official library would compute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from parlour.webhooks.request import prepare
from parlour.webhooks.sign import signature, signed_text

TOKEN = "parlour-test-token"
CALL = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}
MESSAGE = {
    "EventType": "onMessageAdd",
    "ConversationSid": "CH" + "0" * 32,
    "Body": "hi there",
    "Author": "alice",
    "Attributes": "{}",
}
BODY_HASH = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


@pytest.mark.parametrize(
    ("token", "url", "form", "expected"),
    [
        ("12345", "https://example.com/myapp.php?foo=1&bar=2", CALL, "L/OH5YylLD5NRKLltdqwSvS0BnU="),
        (TOKEN, "https://hooks.example.test:8443/pre?tenant=7", MESSAGE, "6jQgVChJhKX2o33foTZZyLMclTU="),
        (TOKEN, f"https://hooks.example.test/j?bodySHA256={BODY_HASH}", {}, "Ks6rmBowfLdF1xL1hPNSRgINUKY="),
        (
            TOKEN,
            "https://hooks.example.test/get?EventType=onMessageAdded&Body=hi+there",
            {},
            "CQfwYhqxKXN/cpHoNPhUOnWftIM=",
        ),
    ],
    ids=["published", "with a port", "of a JSON body", "in the query"],
)
def test_a_vector_is_met(token: str, url: str, form: dict[str, str], expected: str) -> None:
    assert signature(token, signed_text(url, form)) == expected


def test_a_get_is_signed_with_its_query() -> None:
    parameters = {"EventType": "onMessageAdded", "Body": "hi there"}
    request = prepare("GET", "https://hooks.example.test/get", parameters, TOKEN, "a token")
    assert request.url == "https://hooks.example.test/get?EventType=onMessageAdded&Body=hi+there"
    assert request.headers["X-Twilio-Signature"] == "CQfwYhqxKXN/cpHoNPhUOnWftIM="
    assert request.body == ""


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=6),
    st.sampled_from(["https://a.test/x?y=%20z&b=ü", "http://a.test:8080/", "https://A.test/Path//"]),
)
def test_the_official_library_computes_the_same(parameters: dict[str, str], url: str) -> None:
    expected = RequestValidator(TOKEN).compute_signature(url, parameters)
    assert signature(TOKEN, signed_text(url, parameters)) == expected


def test_the_url_is_called_as_it_was_written_without_credentials_and_fragment() -> None:
    request = prepare("POST", "https://dana:p%40ss@A.test:443//Path/%7e/?b=2&a=1#rt=3", {"A": "1"}, TOKEN, "a token")
    assert request.url == "https://A.test:443//Path/%7e/?b=2&a=1"
    assert request.signed == request.url + "A1"
    assert request.headers["Authorization"] == "Basic ZGFuYTpwQHNz"
    assert request.headers["I-Twilio-Idempotency-Token"] == "a token"
    assert request.headers["Accept"] == "*/*"
    assert request.headers["User-Agent"].startswith("parlour/")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=utf-8"
