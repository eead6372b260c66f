"""Settings: where they come from, which wins, and what is told of a wrong one."""

from pathlib import Path

import msgspec
import pytest

from parlour.settings import (
    PREFIX,
    RENAMED,
    SETTINGS,
    Settings,
    SettingsError,
    changed,
    environment_of,
    load,
    settings_of,
)


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_any_each_has_its_default() -> None:
    assert load({}, {}) == Settings()


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(working_folder: Path) -> None:
    (working_folder / "parlour.toml").write_text('host = "file"\ndata = "file"\nport = 1\n')
    environment = {"PARLOUR_HOST": "environment", "PARLOUR_DATA": "environment"}
    found = load({"host": "command line", "data": None}, environment)
    assert (found.server.host, found.database.data, found.server.port) == ("command line", "environment", 1)


def test_a_named_file_takes_the_place_of_the_one_in_the_working_folder(working_folder: Path) -> None:
    (working_folder / "parlour.toml").write_text("port = 1\n")
    (working_folder / "other.toml").write_text('host = "other"\n')
    found = load({}, {"PARLOUR_CONFIG": "other.toml"})
    assert (found.server.host, found.server.port) == ("other", 8010)


def test_an_empty_variable_and_a_strange_one_count_as_absent() -> None:
    assert load({}, {"PARLOUR_PORT": "", "PORT": "1", "PARLOUR_COLOUR": "red"}) == Settings()


@pytest.mark.parametrize(("former", "present"), RENAMED.items())
def test_a_setting_is_still_found_under_its_former_name(working_folder: Path, former: str, present: str) -> None:
    def value(settings: Settings) -> bool:
        group = getattr(settings, SETTINGS[present].group)
        found = getattr(group, SETTINGS[present].field.name)
        assert isinstance(found, bool)
        return found

    before = value(Settings())
    file = working_folder / "parlour.toml"
    file.write_text(f"{former} = {str(not before).lower()}\n")
    assert value(load({}, {})) is not before
    assert value(load({}, {PREFIX + former.upper(): str(before).lower()})) is before
    both = {PREFIX + former.upper(): str(not before).lower(), PREFIX + present.upper(): str(before).lower()}
    assert value(load({}, both)) is before, "the present name wins"


@pytest.mark.parametrize("url", ["http://[::1]:8010", "https://parlour.example.org/", "https://example.org/parlour"])
def test_a_public_url_may_have_a_port_and_a_path(url: str) -> None:
    assert load({"public_url": url}, {}).server.public_url == url


@pytest.mark.parametrize(
    "url", ["http://flows.example.org", "https://[::1]:8/{FlowSid}?a=b", "https://example.org?flow={FlowSid}"]
)
def test_a_studio_url_may_have_a_query(url: str) -> None:
    assert load({"studio_url": url}, {}).webhooks.studio_url == url


def test_text_becomes_what_the_setting_is() -> None:
    found = load({"workers": "3"}, {"PARLOUR_ACCESS_LOG": "true", "PARLOUR_PORT": "1"})
    assert (found.server.workers, found.log.access_log, found.server.port) == (3, True, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "eighty"),
        ("workers", "0"),
        ("log_level", "loud"),
        ("account_sid", "AC123"),
        ("auth_token", "short"),
        ("public_url", "parlour.example.org"),
        ("public_url", "https://"),
        ("public_url", "https://parlour.example.org?a=b"),
        ("studio_url", "flows/{FlowSid}"),
        ("studio_url", "ftp://flows.example.org/{FlowSid}"),
        ("studio_url", "https://flows.example.org/a b"),
        ("access_log", "perhaps"),
    ],
)
def test_a_wrong_value_is_told_with_its_name_and_place(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name} \(from the environment\): ") as told:
        load({}, {PREFIX + name.upper(): value})
    assert told.value.setting == name


def test_a_value_of_the_wrong_form_is_told_what_the_setting_is() -> None:
    with pytest.raises(SettingsError) as told:
        load({"delivery_retention": "soon"}, {})
    assert str(told.value) == (
        "delivery_retention (from the command line): How long the flight recorder keeps finished webhook deliveries:"
        " days, or a duration such as 36h or PT36H."
    )


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"colour = 'red'", id="unknown setting"),
        pytest.param(b"port = '80", id="not TOML"),
        pytest.param(b"host = '\xff'", id="not UTF-8"),
    ],
)
def test_a_wrong_file_is_told_by_its_name(working_folder: Path, content: bytes) -> None:
    (working_folder / "parlour.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"parlour\.toml"):
        load({}, {})


def test_another_process_gets_the_same_settings_by_its_environment(working_folder: Path) -> None:
    (working_folder / "parlour.toml").write_text('host = "file"\ndatabase_url = "file"\n')
    settings = settings_of(port=1, access_log=True, public_url="https://example.org", account_sid="AC" + "0" * 32)
    assert load({}, environment_of(settings)) == settings


def test_every_setting_has_one_sentence() -> None:
    assert len(SETTINGS) == sum(len(msgspec.structs.fields(group.type)) for group in msgspec.structs.fields(Settings))
    for setting in SETTINGS.values():
        assert setting.sentence.endswith(".")


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_in_the_table_of_its_group_is_the_same(working_folder: Path, name: str) -> None:
    group, field = SETTINGS[name].group, SETTINGS[name].field
    kept = {str(each): value for each, value in environment_of(Settings()).items()}
    value = kept.get(PREFIX + name.upper(), "")
    if value:
        (working_folder / "parlour.toml").write_text(f'[{group}]\n{field.name} = "{value}"\n')
        assert load({}, {}) == Settings()
    (working_folder / "parlour.toml").write_text(f"[{group}]\n{field.name} = []\n")
    with pytest.raises(SettingsError, match=rf"^{name} \(from parlour\.toml\): "):
        load({}, {})


def test_a_table_may_hold_the_whole_name_and_no_other_group_s(working_folder: Path) -> None:
    (working_folder / "parlour.toml").write_text('[database]\ndatabase_url = "one"\nstatement_timeout = 3\n')
    found = load({}, {}).database
    assert (found.url, found.statement_timeout) == ("one", 3.0)
    (working_folder / "parlour.toml").write_text("[log]\nurl = 1\n")
    with pytest.raises(SettingsError, match=r"no setting url \(from parlour\.toml\)"):
        load({}, {})


@pytest.mark.parametrize("group", [group.name for group in msgspec.structs.fields(Settings)])
def test_a_group_that_is_no_table_is_refused(working_folder: Path, group: str) -> None:
    (working_folder / "parlour.toml").write_text(f'{group} = "debug"\n')
    with pytest.raises(SettingsError, match=rf"no setting {group} \(from parlour\.toml\)"):
        load({}, {})


def test_a_changed_setting_leaves_the_others_as_they_are() -> None:
    before = settings_of(database_url="one", database_connections=3, port=1)
    after = changed(before, database_url=None, secret_key="key")
    assert after == settings_of(database_connections=3, port=1, secret_key="key")


@pytest.mark.parametrize("wrong", ["24", "a day", "-1h", "24H", ""])
def test_patience_is_a_duration(wrong: str) -> None:
    with pytest.raises(SettingsError, match="webhook_patience"):
        load({"webhook_patience": wrong}, {})
    assert load({"webhook_patience": "90m"}, {}).webhooks.patience == "90m"


def test_nameservers_are_addresses() -> None:
    with pytest.raises(SettingsError, match="webhook_nameservers"):
        load({"webhook_nameservers": "dns.example"}, {})
    both = "192.0.2.53, [2001:db8::53]:5353"
    assert load({"webhook_nameservers": both}, {}).webhooks.nameservers == both
