"""Settings: every one with its name, type, default and one sentence.

Each can be given on the command line (``--public-url``), in the environment (``PARLOUR_PUBLIC_URL``) or in one TOML
file (``public_url = "…"``; ``parlour.toml`` in the working folder, or the file that ``PARLOUR_CONFIG`` names). The
command line wins over the environment, the environment over the file.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from parlour.settings.groups import Settings as Settings

T = TypeVar("T")


class SettingsError(Exception):
    """A setting is unknown or its value is of the wrong kind; the message names it and where it was found."""

    def __init__(self, message: str, setting: str | None = None) -> None:
        super().__init__(message)
        self.setting = setting
        """The setting with the wrong value, if it is one."""


class Setting(NamedTuple):
    """One setting, as it is found."""

    name: str
    """Outside the program."""
    group: str
    field: msgspec.structs.FieldInfo

    @property
    def sentence(self) -> str:
        """What it is: in place of a pattern, which is for programs."""
        sentence: str = self.field.type.__metadata__[0].description
        return sentence


SETTINGS = {
    field.encode_name: Setting(field.encode_name, group.name, field)
    for group in msgspec.structs.fields(Settings)
    for field in msgspec.structs.fields(group.type)
}
"""Every setting by its name, in the order of the groups."""
RENAMED = {"watch": "count_usage"}
"""Former names of settings, which the environment and the file may still use."""
PREFIX = "PARLOUR_"
FILE = "parlour.toml"
ENVIRONMENT, COMMAND_LINE = "the environment", "the command line"


class Loaded(msgspec.Struct, frozen=True):
    """The settings, and where those were found that are not left at their defaults."""

    settings: Settings
    places: Mapping[str, str]
    """By name: ENVIRONMENT, COMMAND_LINE, or the path of the file."""


def load(given: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from *given* (the command line), *environment* and the file; raises SettingsError."""
    return load_with_places(given, environment).settings


def load_with_places(given: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Loaded:
    """The same, and where each was found."""
    found: dict[str, Any] = {}
    places: dict[str, str] = {}
    for place, values in (
        _file(environment),
        (ENVIRONMENT, _from_environment(environment)),
        (COMMAND_LINE, {name: value for name, value in given.items() if value is not None}),
    ):
        found.update(values)
        places.update(dict.fromkeys(values, place))
    unknown = next((name for name in found if name not in SETTINGS), None)
    if unknown is not None:
        hint = "All of them: parlour serve --help"
        raise SettingsError(f"There is no setting {unknown} (from {places[unknown]}). {hint}")
    try:
        return Loaded(settings_of(**found), places)
    except msgspec.ValidationError as error:
        raise _explained(str(error), places) from None


def settings_of(**values: Any) -> Settings:
    """The settings that have these *values*, by their names, and their defaults; raises ValidationError."""
    groups: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        groups.setdefault(SETTINGS[name].group, {})[name] = value
    return msgspec.convert(groups, Settings, strict=False)


def changed(settings: Settings, **values: Any) -> Settings:
    """*settings* with other *values*, by their names."""
    for name, value in values.items():
        setting = SETTINGS[name]
        group = msgspec.structs.replace(getattr(settings, setting.group), **{setting.field.name: value})
        settings = msgspec.structs.replace(settings, **{setting.group: group})
    return settings


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment variables that give another process the same settings, whatever file lies in its folder."""
    values = {each.name: getattr(getattr(settings, each.group), each.field.name) for each in SETTINGS.values()}
    return {PREFIX + "CONFIG": os.devnull} | {
        PREFIX + name.upper(): str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value is not None
    }


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Only names that are settings; empty values count as absent."""
    values = {name: environment.get(PREFIX + name.upper(), "") for name in (*RENAMED, *SETTINGS)}
    return _under_present_names({name: value for name, value in values.items() if value})


def _under_present_names(values: Mapping[str, T]) -> dict[str, T]:
    """*values* by setting; one that is given under both names counts under its present one."""
    return {RENAMED.get(name, name): values[name] for name in sorted(values, key=RENAMED.__contains__, reverse=True)}


def _explained(complaint: str, places: Mapping[str, str]) -> SettingsError:
    """The error for what msgspec said, such as ``Expected `int` <= 65535 - at `$.port```."""
    what, _, path = complaint.partition(" - at ")
    for name, place in places.items():
        if path == f"`$.{SETTINGS[name].group}.{name}`":
            is_for_programs = "regex" in what or "enum" in what
            told = SETTINGS[name].sentence if is_for_programs else f"{what[0].lower()}{what[1:]}"
            return SettingsError(f"{name} (from {place}): {told}", name)
    return SettingsError(complaint)


def _file(environment: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    named = environment.get(PREFIX + "CONFIG")
    path = Path(named or FILE)
    if not named and not path.exists():
        return str(path), {}
    try:
        return str(path), _under_present_names(_without_tables(tomllib.loads(path.read_text())))
    except (OSError, ValueError) as error:
        raise SettingsError(f"Cannot read the settings file {path}: {error}") from None


def _without_tables(values: Mapping[str, Any]) -> dict[str, Any]:
    """*values* by the names of settings, wherever they stand in the file."""
    found = dict(values)
    for group in msgspec.structs.fields(Settings):
        if isinstance(found.get(group.name), dict):
            table = found.pop(group.name)
            names = {field.name: field.encode_name for field in msgspec.structs.fields(group.type)}
            found |= {names.get(name) or name: value for name, value in table.items()}
    return found
