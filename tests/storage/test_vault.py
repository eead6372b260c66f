"""The vault: what was encrypted is read back with the same key only, and the key file is private."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from parlour.storage.vault import Vault, VaultError, key_from_file

KEY = Fernet.generate_key().decode()
VAULT = Vault(KEY)


@given(st.text())
def test_a_secret_comes_back(secret: str) -> None:
    ciphertext = VAULT.encrypt(secret)
    assert VAULT.decrypt(ciphertext) == Vault(KEY).decrypt(ciphertext) == secret


def test_the_ciphertext_shows_neither_the_secret_nor_that_two_are_equal() -> None:
    first, second = VAULT.encrypt("a long secret"), VAULT.encrypt("a long secret")
    assert b"secret" not in first
    assert first != second


def test_another_key_does_not_open_it() -> None:
    ciphertext = VAULT.encrypt("secret")
    with pytest.raises(VaultError, match="another key"):
        Vault(Fernet.generate_key().decode()).decrypt(ciphertext)


def test_an_altered_ciphertext_does_not_open() -> None:
    ciphertext = VAULT.encrypt("secret")
    middle = len(ciphertext) // 2
    altered = (
        ciphertext[:middle] + (b"A" if ciphertext[middle : middle + 1] != b"A" else b"B") + ciphertext[middle + 1 :]
    )
    with pytest.raises(VaultError):
        VAULT.decrypt(altered)


@pytest.mark.parametrize("key", ["", "short", "x" * 44, "A" * 40 + "="])
def test_what_is_no_key_is_refused_with_a_way_to_make_one(key: str) -> None:
    with pytest.raises(VaultError, match="openssl rand"):
        Vault(key)


def test_the_key_file_is_made_once_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    key = key_from_file(file)
    assert key_from_file(file) == key
    assert Vault(key).decrypt(Vault(key).encrypt("x")) == "x"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_file_that_somebody_wrote_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    file.write_text(f"{KEY}\n")
    assert key_from_file(file) == KEY
