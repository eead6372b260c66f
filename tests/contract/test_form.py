"""Forms: from pairs to a draft; names on the wire, required and unknown parameters, and absent against empty."""

from typing import Annotated

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from parlour.contract.form import Form, wire_name
from parlour.core.errors import InvalidParameter, MissingParameter
from parlour.core.fields import Clearable, Many, Text, Whole


class Address(msgspec.Struct, frozen=True, kw_only=True):
    proxy_address: Annotated[str | None, Text(5)] = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    identity: Annotated[str, Text(5)]
    role_sid: Annotated[str, Text(5)]
    last_read_message_index: Annotated[int | UnsetType | None, Clearable(Whole())] = UNSET
    filters: Annotated[list[str], Many(Text(5))] = []
    messaging_binding: Address = Address()


FORM = Form(Draft)


def sent(**pairs: list[str]) -> dict[str, list[str]]:
    return {"Identity": ["dana"], "RoleSid": ["RL1"], **pairs}


@pytest.mark.parametrize(
    ("attribute", "wire"),
    [("sid", "Sid"), ("last_read_message_index", "LastReadMessageIndex"), ("pre_webhook_url", "PreWebhookUrl")],
)
def test_an_attribute_has_its_name_on_the_wire(attribute: str, wire: str) -> None:
    assert wire_name(attribute) == wire


def test_the_parameters_are_told_in_the_order_of_declaration() -> None:
    told = [(each.wire, each.required, each.repeated) for each in FORM.parameters()]
    assert told == [
        ("Identity", True, False),
        ("RoleSid", True, False),
        ("LastReadMessageIndex", False, False),
        ("Filters", False, True),
        ("MessagingBinding.ProxyAddress", False, False),
    ]


def test_a_group_stands_for_names_with_a_dot() -> None:
    draft = FORM.read(sent(**{"MessagingBinding.ProxyAddress": ["+1555"]}))
    assert draft.messaging_binding == Address(proxy_address="+1555")
    assert FORM.read(sent()).messaging_binding == Address()


def test_a_repeated_name_becomes_a_list() -> None:
    assert FORM.read(sent(Filters=["b", "a", "b"])).filters == ["b", "a"]


def test_absent_is_not_empty() -> None:
    assert FORM.read(sent()).last_read_message_index is UNSET
    assert FORM.read(sent(LastReadMessageIndex=[""])).last_read_message_index is None
    assert FORM.read(sent(LastReadMessageIndex=["0"])).last_read_message_index == 0


@pytest.mark.parametrize("missing", ["Identity", "RoleSid"])
def test_a_required_parameter_that_was_not_sent_is_named(missing: str) -> None:
    pairs = sent()
    del pairs[missing]
    with pytest.raises(MissingParameter, match=f"^Missing required parameter {missing} in the post body$"):
        FORM.read(pairs)


def test_a_missing_parameter_is_told_before_a_wrong_one() -> None:
    with pytest.raises(MissingParameter):
        FORM.read({"Identity": ["too long"]})


def test_of_wrong_parameters_the_first_declared_is_told() -> None:
    with pytest.raises(InvalidParameter, match="RoleSid"):
        FORM.read({"LastReadMessageIndex": ["x"], "RoleSid": ["too long"], "Identity": ["dana"]})


@pytest.mark.parametrize("name", ["identity", "IDENTITY", "Unknown", "MessagingBinding", "ProxyAddress", ""])
def test_names_that_are_not_declared_are_ignored(name: str) -> None:
    assert FORM.read(sent(**{name: ["too long for any"]})) == FORM.read(sent())
