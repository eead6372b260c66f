"""Reading tokens: whatever comes is a token or refused with a code, and a good one says what was put into it."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.errors import ApiError, InvalidTokenGrants, InvalidTokenHeader, InvalidTokenSignature, TokenExpired
from parlour.tokens.mint import mint, token_for
from parlour.tokens.model import ALGORITHMS, AccessToken
from parlour.tokens.read import prove, read
from tests.access_tokens import HEADER, signed
from tests.tokens.cases import BROKEN, CODES

ACCOUNT, KEY, SERVICE = (prefix + "0" * 31 + "a" for prefix in ("AC", "SK", "IS"))
SECRET = "a secret of at least 32 characters"
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
CHAT = {"service_sid": SERVICE}
CLAIMS: dict[str, Any] = {
    "iss": KEY, "sub": ACCOUNT, "iat": AT, "exp": AT + 600, "grants": {"identity": "dana", "chat": CHAT},
}  # fmt: skip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def proved(text: str, *, algorithms: tuple[str, ...] = ("HS256",), now: datetime = NOW) -> AccessToken:
    return prove(read(text, algorithms), SECRET, now)


def tried(text: str) -> int:
    """The code of the refusal; 0 for a good token."""
    try:
        proved(text)
    except ApiError as refusal:
        return refusal.code
    return 0


def part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_each_refusal_has_its_published_code() -> None:
    assert {refusal: refusal.code for refusal in BROKEN} == CODES
    assert {refusal.status for refusal in BROKEN} == {401}


@given(st.text(max_size=300) | st.from_regex(r"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,20}"))
def test_any_text_is_refused_with_a_code(text: str) -> None:
    assert tried(text) in CODES.values()


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=40))
def test_any_bytes_in_three_parts_are_refused_with_a_code(header: bytes, payload: bytes, signature: bytes) -> None:
    assert tried(".".join(map(part, (header, payload, signature)))) in CODES.values()


@given(st.sampled_from(("typ", "cty", "alg", "crit")), json_values)
def test_any_header_is_refused_with_a_code_or_right(name: str, value: object) -> None:
    code = tried(signed(CLAIMS, SECRET, {**HEADER, name: value}))
    assert code == (0 if HEADER.get(name, ...) == value else 20102)


@given(
    st.dictionaries(st.sampled_from(("iss", "sub", "iat", "nbf", "exp", "grants", "jti")), json_values, max_size=3),
    st.dictionaries(st.sampled_from(("identity", "chat", "ip_messaging", "voice")), json_values, max_size=2),
    st.dictionaries(
        st.sampled_from(("service_sid", "deployment_role_sid", "push_credential_sid")), json_values, max_size=2
    ),
)
def test_any_signed_claims_are_refused_with_a_code_or_right(
    claims: dict[str, Any], grants: dict[str, Any], chat: dict[str, Any]
) -> None:
    said = {"grants": {"identity": "dana", "chat": CHAT | chat, **grants}}
    code = tried(signed(CLAIMS | said | claims, SECRET))
    assert code in {0, *CODES.values()} - {20107}


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_no_bit_of_a_token_can_be_changed(place: int, bit: int) -> None:
    text = signed(CLAIMS, SECRET)
    place %= len(text) - 1  # the last character holds bits that are none of the signature's
    changed = text[:place] + chr(ord(text[place]) ^ (1 << bit)) + text[place + 1 :]
    assert tried(changed) in CODES.values()


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=256).filter(
        lambda text: text != "system"
    ),
    st.integers(min_value=1, max_value=24 * 3600),
)
def test_what_is_minted_is_read_again(identity: str, lifetime: int) -> None:
    made = token_for(
        identity,
        account_sid=ACCOUNT,
        service_sid=SERVICE,
        key_sid=KEY,
        now=NOW + timedelta(microseconds=7),
        lifetime_seconds=lifetime,
    )
    assert proved(mint(made, SECRET)) == made
    assert made.lifetime_seconds == lifetime


def test_what_may_be_missing_is_kept_where_it_is_there() -> None:
    role, credential = "RL" + "1" * 32, "CR" + "2" * 32
    made = AccessToken(
        account_sid=ACCOUNT,
        key_sid=KEY,
        service_sid=SERVICE,
        identity="dana",
        push_credential_sid=credential,
        deployment_role_sid=role,
        issued_at=NOW,
        expires_at=NOW + timedelta(minutes=10),
    )
    assert proved(mint(made, SECRET)) == made
    without = msgspec.structs.replace(made, push_credential_sid=None, deployment_role_sid=None)
    assert proved(mint(without, SECRET)) == without


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": AT - 30, "iat": AT - 90}, 0),
        ({"exp": AT - 31, "iat": AT - 90}, 20104),
        ({"exp": AT + 86_430}, 0),
        ({"exp": AT + 86_431}, 20104),
        ({"exp": AT + 86_430, "iat": None, "nbf": AT}, 0),
        ({"exp": AT + 86_430, "iat": None}, 0),
        ({"exp": AT + 86_431, "iat": None}, 20104),
        ({"exp": AT + 600.5}, 0),
        ({"nbf": AT + 30}, 0),
        ({"nbf": AT + 31}, 20105),
        ({"iat": AT + 30}, 0),
        ({"iat": AT + 31}, 20105),
        ({"nbf": AT - 10**9}, 0),
    ],
)
def test_clocks_may_differ_by_half_a_minute(changes: dict[str, Any], code: int) -> None:
    assert tried(signed(CLAIMS | changes, SECRET)) == code


def test_a_token_ends_by_the_clock_that_it_is_read_with() -> None:
    text = signed(CLAIMS, SECRET)
    assert proved(text, now=NOW + timedelta(seconds=630)).identity == "dana"
    with pytest.raises(TokenExpired):
        proved(text, now=NOW + timedelta(seconds=631))


@pytest.mark.parametrize("algorithm", ALGORITHMS[1:])
def test_longer_signatures_are_accepted_where_they_are_allowed(algorithm: str) -> None:
    text = signed(CLAIMS, SECRET, {**HEADER, "alg": algorithm})
    with pytest.raises(InvalidTokenHeader):
        proved(text)
    assert proved(text, algorithms=ALGORITHMS).identity == "dana"
    with pytest.raises(InvalidTokenHeader):
        proved(signed(CLAIMS, SECRET, {**HEADER, "alg": "none"}), algorithms=(*ALGORITHMS, "none"))
    with pytest.raises(InvalidTokenSignature):
        proved(text[:-4] + "AAAA", algorithms=ALGORITHMS)


@pytest.mark.parametrize(("identity", "read_as"), [(42, "42"), (-1, "-1"), ("dana@example.org", "dana@example.org")])
def test_a_number_as_identity_is_its_text(identity: object, read_as: str) -> None:
    claims = CLAIMS | {"grants": {"identity": identity, "chat": CHAT}}
    assert proved(signed(claims, SECRET)).identity == read_as


def test_the_chat_grant_may_have_the_name_that_old_libraries_give_it() -> None:
    claims = CLAIMS | {"grants": {"identity": "dana", "ip_messaging": CHAT, "voice": {"incoming": True}}}
    assert proved(signed(claims, SECRET)).service_sid == SERVICE
    with pytest.raises(InvalidTokenGrants):
        proved(signed(CLAIMS | {"grants": {"identity": "dana", "voice": CHAT}}, SECRET))


def test_only_the_same_user_can_go_on_with_a_session() -> None:
    token = proved(signed(CLAIMS, SECRET))
    assert msgspec.structs.replace(token, key_sid="SK" + "9" * 32).is_for_the_user_of(token)
    for change in ({"identity": "Dana"}, {"account_sid": "AC" + "9" * 32}, {"service_sid": "IS" + "9" * 32}):
        assert not msgspec.structs.replace(token, **change).is_for_the_user_of(token)
