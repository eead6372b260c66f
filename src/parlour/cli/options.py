"""Options that are settings: made from ``Settings``, so that each is described in one place only."""

import functools
import inspect
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import msgspec
import typer

from parlour.cli.access import URL, Access
from parlour.settings import FILE, PREFIX, SETTINGS, Loaded, SettingsError, load_with_places

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of lines for people.")]
"""The option that every command has."""

DATABASE = ("data", "database_url")
"""The settings by which a command finds its database."""

_KINDS = {
    msgspec.inspect.BoolType: "true or false",
    msgspec.inspect.IntType: "number",
    msgspec.inspect.FloatType: "number",
    msgspec.inspect.StrType: "text",
    msgspec.inspect.EnumType: "text",
}
_FINDING = ("port", *DATABASE)
"""The settings by which a command finds a server that runs."""
_ASKING = (
    ("url", "--url", f"The server's address. Default: {URL}, or the one that you run."),
    ("account_sid", "--account-sid", "Whose. Default: the first account."),
    ("auth_token", "--auth-token", "Default: PARLOUR_AUTH_TOKEN, or what the server's database says."),
)


class Misused(Exception):
    """The command line holds a value that is not one; the message names it."""


class Described(msgspec.Struct, frozen=True):
    """A setting as the help and the reference show it."""

    name: str
    group: str
    option: str
    variable: str
    kind: str
    """``text``, ``number`` or ``true or false``."""
    default: str
    """Empty where there is none."""
    sentence: str


def described() -> Iterator[Described]:
    """Every setting, in the order of ``Settings``."""
    for name, setting in SETTINGS.items():
        type = msgspec.inspect.type_info(setting.field.type)
        assert isinstance(type, msgspec.inspect.Metadata)
        option, variable = "--" + name.replace("_", "-"), PREFIX + name.upper()
        kind, default = _kind(type.type), _default(setting.field.default)
        yield Described(name, setting.group, option, variable, kind, default, setting.sentence)


def _kind(type: msgspec.inspect.Type) -> str:
    if isinstance(type, msgspec.inspect.UnionType):  # with None, which cannot be written
        type = next(each for each in type.types if not isinstance(each, msgspec.inspect.NoneType))
    return _KINDS[type.__class__]


def _default(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def taking_settings(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the options of these settings (of all, without *names*) and ``--config``.

    The command's first parameter receives the Settings. A wrong value raises Misused where it comes from the command
    line, SettingsError where it comes from elsewhere.
    """
    return lambda command: _taking(names, command, lambda loaded, given: loaded.settings)


def asking_a_server(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the options by which it finds a server that runs, and (of *names*) further settings.

    The command's first parameter receives the Access.
    """
    own = [_parameter(name, str, typer.Option(option, help=text)) for name, option, text in _ASKING]

    def access(loaded: Loaded, given: dict[str, Any]) -> Access:
        return Access(loaded, **{each.name: given.pop(each.name) for each in own})

    return lambda command: _taking((*_FINDING, *names), command, access, own)


def _taking(
    names: Sequence[str],
    command: Callable[..., None],
    first: Callable[[Loaded, dict[str, Any]], Any],
    more: Sequence[inspect.Parameter] = (),
) -> Callable[..., None]:
    """The command as one whose first parameter is what *first* makes of the settings and of the options *more*."""
    _, *own = inspect.signature(command).parameters.values()
    added = [_option(each) for each in described() if not names or each.name in names]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        chosen = {option.name: given.pop(option.name) for option in added}
        loaded = _load(chosen, given.pop("config"))
        command(first(loaded, given), **given)

    parameters = [
        *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own), *more, *added, _config()
    ]  # fmt: skip
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _load(chosen: dict[str, Any], config: str | None) -> Loaded:
    environment = os.environ if config is None else {**os.environ, PREFIX + "CONFIG": config}
    try:
        return load_with_places(chosen, environment)
    except SettingsError as error:
        if error.setting is not None and chosen.get(error.setting) is not None:
            raise Misused(str(error)) from None
        raise


def _option(setting: Described) -> inspect.Parameter:
    text = setting.sentence + (f" Default: {setting.default}." if setting.default else "")
    if setting.kind == "true or false":
        return _parameter(setting.name, bool, typer.Option(help=text))
    return _parameter(setting.name, str, typer.Option(setting.option, help=text, metavar=setting.kind.upper()))


def _config() -> inspect.Parameter:
    text = f"The settings file. Default: {FILE} in the working folder, if there is one."
    return _parameter("config", str, typer.Option("--config", help=text, metavar="FILE"))


def _parameter(name: str, type: Any, option: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[type | None, option]
    )
