"""Forms: from pairs to a draft; names on the wire, required and unknown parameters, and absent against empty."""

from typing import Annotated

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from parlour.contract.form import Form, wire_name
from parlour.core.errors import InvalidParameter, MissingParameter
from parlour.core.fields import Clearable, Many, Text, Whole
from parlour.core.own_fields import ByKey, Own


class Address(msgspec.Struct, frozen=True, kw_only=True):
    proxy_address: Annotated[str | None, Text(5)] = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    identity: Annotated[str, Text(5)]
    role_sid: Annotated[str, Text(5)]
    last_read_message_index: Annotated[int | UnsetType | None, Clearable(Whole())] = UNSET
    filters: Annotated[list[str], Many(Text(5))] = []
    messaging_binding: Address = Address()


class Extras(msgspec.Struct, frozen=True, kw_only=True):
    sort: Annotated[str | None, Text(5)] = None
    with_them: Annotated[dict[str, str], ByKey(2, 4)] = {}


class Query(msgspec.Struct, frozen=True, kw_only=True):
    state: Annotated[str | None, Text(9)] = None
    ours: Annotated[Extras, Own("Parlour-")] = Extras()


FORM = Form(Draft)
QUERY = Form(Query)


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


def test_parameters_of_our_own_have_names_that_begin_so_and_come_last() -> None:
    assert [(each.wire, each.own) for each in QUERY.parameters()] == [
        ("State", False),
        ("Parlour-Sort", True),
        ("Parlour-WithThem.<key>", True),
    ]


def test_parameters_of_our_own_are_read_where_one_was_sent() -> None:
    assert QUERY.read({"Parlour-Sort": ["up"]}) == Query(ours=Extras(sort="up"))
    assert QUERY.read({"State": ["open"], "Sort": ["up"], "parlour-Sort": ["up"]}) == Query(state="open")
    with pytest.raises(InvalidParameter, match="Parlour-Sort"):
        QUERY.read({"Parlour-Sort": ["too long"]})


def test_parameters_with_a_key_become_values_by_key() -> None:
    pairs = {"Parlour-WithThem.b": ["1", "2"], "Parlour-WithThem.a.b": ["3"], "Parlour-WithThem": ["4"]}
    assert QUERY.read(pairs).ours.with_them == {"b": "2", "a.b": "3"}
    assert QUERY.read({"Parlour-WithThem.": ["1"], "Parlour-WithThem.a": [""]}).ours.with_them == {"": "1"}


@pytest.mark.parametrize(
    "pairs",
    [{"Parlour-WithThem.a": ["12345"]}, {"Parlour-WithThem.abcde": ["1"]}, {"Parlour-WithThem.é+é": ["1"]},
     {"Parlour-WithThem.a\0": ["1"]}, {f"Parlour-WithThem.{key}": ["1"] for key in "abc"}],
)  # fmt: skip
def test_what_is_too_long_or_too_much_for_parameters_with_a_key_is_refused(pairs: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidParameter, match="Parlour-WithThem"):
        QUERY.read(pairs)


def test_of_the_pairs_the_known_ones_are_told_in_the_order_of_declaration() -> None:
    pairs = {"x": ["0"], "Parlour-WithThem.b": ["1"], "Parlour-WithThem.a": ["2"], "Parlour-Sort": ["up"],
             "Parlour-Other": ["3"], "State": ["open", "shut"]}  # fmt: skip
    assert list(QUERY.known(pairs).items()) == [
        ("State", ["open", "shut"]),
        ("Parlour-Sort", ["up"]),
        ("Parlour-WithThem.a", ["2"]),
        ("Parlour-WithThem.b", ["1"]),
    ]
    assert FORM.known(sent(**{"MessagingBinding.ProxyAddress": ["+1555"], "Other": [""]})) == sent(
        **{"MessagingBinding.ProxyAddress": ["+1555"]}
    )
