"""Form: the compiled reader that turns a form's pairs into a draft."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, get_args, get_type_hints

import msgspec

from parlour.core.errors import InvalidParameter, MissingParameter
from parlour.core.fields import MAX_INTEGER, Many, Pairs, Reader
from parlour.core.own_fields import ByKey, Own
from parlour.core.storable import is_storable

T = TypeVar("T", bound=msgspec.Struct)
KEY = "<key>"


class Parameter(msgspec.Struct, frozen=True):
    """One form or query parameter as callers see it."""

    wire: str
    """Its name on the wire, such as ``Timers.Inactive``; it ends in ``<key>`` where the caller chooses the key."""
    attribute: str
    reader: Reader
    required: bool
    own: bool = False
    """Whether it is parlour's own, which the published API does not have."""

    @property
    def repeated(self) -> bool:
        return isinstance(self.reader, Many)


class Form(Generic[T]):
    """Reads pairs into the Struct *shape*; knows its parameters by their names on the wire.

    A field's type carries its Reader (``Annotated[str, Text(256)]``); a field that is a Struct itself stands for
    names with a dot, or for parlour's own parameters (``Own``). Fields without a default are required. Names it does
    not know are ignored.
    """

    def __init__(self, shape: type[T], prefix: str = "", *, own: bool = False) -> None:
        self.shape = shape
        self._prefix = prefix
        self._groups: list[tuple[str, Form[Any]]] = []
        self._own: list[tuple[str, Form[Any]]] = []
        self._parameters: list[Parameter] = []
        self._by_key: list[tuple[Parameter, ByKey]] = []
        hints = get_type_hints(shape, include_extras=True)
        for field in msgspec.structs.fields(shape):
            name, hint = prefix + wire_name(field.name), hints[field.name]
            if not hasattr(hint, "__metadata__"):
                self._groups.append((field.name, Form(hint, name + ".", own=own)))
                continue
            inside, reader = get_args(hint)
            if isinstance(reader, Own):
                self._own.append((field.name, Form(inside, reader.prefix, own=True)))
            elif isinstance(reader, ByKey):
                self._by_key.append((Parameter(f"{name}.{KEY}", field.name, reader, field.required, own), reader))
            else:
                self._parameters.append(Parameter(name, field.name, reader, field.required, own))

    def parameters(self) -> Iterator[Parameter]:
        """Every parameter, in the order of declaration; parlour's own come last."""
        yield from self._parameters
        for parameter, _ in self._by_key:
            yield parameter
        for _, group in (*self._groups, *self._own):
            yield from group.parameters()

    def known(self, pairs: Pairs) -> dict[str, Sequence[str]]:
        """Those of *pairs* that are parameters, in their order."""
        found = {each.wire: pairs[each.wire] for each in self._parameters if each.wire in pairs}
        for parameter, _ in self._by_key:
            found |= _beginning(parameter, pairs)
        for _, group in self._groups:
            found |= group.known(pairs)
        for _, group in self._own:
            if group.concerns(pairs):
                found |= group.known(pairs)
        return found

    def concerns(self, pairs: Pairs) -> bool:
        """Whether any name in *pairs* begins as this form's do."""
        return any(name.startswith(self._prefix) for name in pairs)

    def read(self, pairs: Pairs) -> T:
        """The draft; raises MissingParameter or the error of the first parameter that is wrong."""
        for parameter in self._parameters:
            if parameter.required and parameter.wire not in pairs:
                raise MissingParameter(name=parameter.wire)
        given = {
            parameter.attribute: parameter.reader.read(parameter.wire, pairs[parameter.wire])
            for parameter in self._parameters
            if parameter.wire in pairs
        }
        for parameter, reader in self._by_key:
            given[parameter.attribute] = reader.collect(_start(parameter), _beginning(parameter, pairs))
        for attribute, group in self._groups:
            given[attribute] = group.read(pairs)
        for attribute, group in self._own:
            if group.concerns(pairs):
                given[attribute] = group.read(pairs)
        return self.shape(**given)

    def pairs_of(self, document: Mapping[str, Any]) -> dict[str, Sequence[str]]:
        """A JSON object with the Struct's own field names as pairs: groups are objects, repeated parameters are lists,
        and null is an empty text, which clears. Names it does not know are ignored; raises InvalidParameter."""
        pairs: dict[str, Sequence[str]] = {}
        for each in self._parameters:
            if each.attribute in document:
                value = document[each.attribute]
                values = value if each.repeated and isinstance(value, list) else [value]
                pairs[each.wire] = [_as_text(each.wire, one) for one in values]
        for parameter, _ in self._by_key:
            for key, value in _members(parameter.wire, document.get(parameter.attribute)).items():
                pairs[_start(parameter) + key] = [_as_text(_start(parameter) + key, value)]
        for attribute, group in (*self._groups, *self._own):
            pairs |= group.pairs_of(_members(wire_name(attribute), document.get(attribute)))
        return pairs

    def amend(self, draft: T, changes: Mapping[str, str]) -> T:
        """*draft* with the fields in *changes*, read as if they had been sent; raises as ``read`` does."""
        readers = {parameter.attribute: parameter for parameter in self._parameters}
        for name, value in changes.items():
            if not is_storable(value):
                raise InvalidParameter(name=readers[name].wire)
        given = {name: readers[name].reader.read(readers[name].wire, [value]) for name, value in changes.items()}
        return msgspec.structs.replace(draft, **given)


def _members(name: str, value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidParameter(name=name)
    return value


def _as_text(name: str, value: object) -> str:
    """A member of a document as a form has it; raises InvalidParameter."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and is_storable(value):
        return value
    if isinstance(value, float) or (isinstance(value, int) and abs(value) <= MAX_INTEGER):
        return str(value)
    raise InvalidParameter(name=name)


def _start(parameter: Parameter) -> str:
    return parameter.wire.removesuffix(KEY)


def _beginning(parameter: Parameter, pairs: Pairs) -> dict[str, Sequence[str]]:
    start = _start(parameter)
    return {name: pairs[name] for name in sorted(pairs) if name.startswith(start)}


def wire_name(attribute: str) -> str:
    """The name of a parameter on the wire: ``last_read_message_index`` is ``LastReadMessageIndex``."""
    return "".join(word.capitalize() for word in attribute.split("_"))
