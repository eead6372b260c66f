"""Form: the compiled reader that turns a form's pairs into a draft."""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar, get_type_hints

import msgspec

from parlour.core.errors import MissingParameter
from parlour.core.fields import Many, Pairs, Reader

T = TypeVar("T", bound=msgspec.Struct)


class Parameter(msgspec.Struct, frozen=True):
    """One form or query parameter as callers see it."""

    wire: str
    """Its name on the wire, such as ``Timers.Inactive``."""
    attribute: str
    reader: Reader
    required: bool

    @property
    def repeated(self) -> bool:
        return isinstance(self.reader, Many)


class Form(Generic[T]):
    """Reads pairs into the Struct *shape*; knows its parameters by their names on the wire.

    A field's type carries its Reader (``Annotated[str, Text(256)]``); a field that is a Struct itself stands for
    names with a dot. Fields without a default are required. Names it does not know are ignored.
    """

    def __init__(self, shape: type[T], prefix: str = "") -> None:
        self.shape = shape
        self._groups: list[tuple[str, Form[Any]]] = []
        self._parameters: list[Parameter] = []
        hints = get_type_hints(shape, include_extras=True)
        for field in msgspec.structs.fields(shape):
            name, hint = prefix + wire_name(field.name), hints[field.name]
            if hasattr(hint, "__metadata__"):
                (reader,) = hint.__metadata__
                self._parameters.append(Parameter(name, field.name, reader, field.required))
            else:
                self._groups.append((field.name, Form(hint, name + ".")))

    def parameters(self) -> Iterator[Parameter]:
        """Every parameter, in the order of declaration."""
        yield from self._parameters
        for _, group in self._groups:
            yield from group.parameters()

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
        for attribute, group in self._groups:
            given[attribute] = group.read(pairs)
        return self.shape(**given)


def wire_name(attribute: str) -> str:
    """The name of a parameter on the wire: ``last_read_message_index`` is ``LastReadMessageIndex``."""
    return "".join(word.capitalize() for word in attribute.split("_"))
