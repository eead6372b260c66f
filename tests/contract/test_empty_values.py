"""What is sent empty when a thing is made: each parameter of every draft refuses it, or it means something."""

from collections.abc import Iterator
from typing import Any, get_type_hints

import msgspec
import pytest

from parlour.contract.form import Form, Parameter, wire_name
from parlour.contract.rest import Verb
from parlour.core.errors import ApiError
from parlour.resources.catalogue import RESOURCES

SAME_AS_NOT_SENT = {
    "FriendlyName": "no name for people",
    "UniqueName": "no second key",
    "Subject": "no subject",
    "AddressCountry": "no country",
    "MessagingBinding.Name": "no name beside an e-mail address",
    "MessagingBinding.Level": "no level of an e-mail address",
    "MediaSid": "no media beside the body, without which there is no message",
    "ContentSid": "no template beside the body, without which there is no message",
    "ContentVariables": "nothing to fill into a template",
    "Configuration.ReplayAfter": "nothing is replayed",
}
"""Parameters whose empty value makes what is made without them, and what it says. Of all others it would make
something else than was asked for, without a word."""


def defaults(shape: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """What the draft holds where a parameter was not sent, by its name on the wire."""
    hints = get_type_hints(shape, include_extras=True)
    for field in msgspec.structs.fields(shape):
        name = prefix + wire_name(field.name)
        if hasattr(hints[field.name], "__metadata__"):
            yield name, field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        else:
            yield from defaults(hints[field.name], name + ".")


DRAFTS: list[tuple[str, Form[Any]]] = [
    (resource.name, operation.form)
    for resource in RESOURCES
    for operation in resource.operations
    if operation.verb is Verb.CREATE and operation.form is not None
]


def means_nothing(parameter: Parameter, default: object, empty: str) -> bool:
    """Whether *empty* makes what would be made if the parameter had not been sent."""
    try:
        return bool(parameter.reader.read(parameter.wire, [empty]) == default)
    except ApiError:
        return False


@pytest.mark.parametrize("empty", ["", "null"])
@pytest.mark.parametrize(("name", "form"), DRAFTS, ids=[name for name, _ in DRAFTS])
def test_what_is_sent_empty_is_refused_or_means_something(name: str, form: Form[Any], empty: str) -> None:
    unsent = dict(defaults(form.shape))
    silent = {each.wire for each in form.parameters() if means_nothing(each, unsent[each.wire], empty)}
    assert silent <= set(SAME_AS_NOT_SENT), "refuse it with its code (core.fields.NotEmpty), or say what it means"


def test_no_entry_of_the_table_is_out_of_date() -> None:
    silent = {
        each.wire
        for _, form in DRAFTS
        for each in form.parameters()
        if means_nothing(each, dict(defaults(form.shape))[each.wire], "")
    }
    assert silent == set(SAME_AS_NOT_SENT)
