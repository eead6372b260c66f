"""Vault: secrets that must be read back are encrypted at rest with one key."""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken


class VaultError(Exception):
    """The key does not fit what it is to open, or is no key at all; the message says how to mend it."""


class Vault:
    """Encrypts and decrypts with a Fernet key (AES-128-CBC and HMAC-SHA-256)."""

    def __init__(self, key: str) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError:
            raise VaultError(
                "The secret key is not 32 bytes in url-safe base64; make one with `openssl rand -base64 32 | tr +/ -_`."
            ) from None
        self.key = key.encode()
        """Also the root of other keyed things, such as page tokens."""

    def encrypt(self, secret: str) -> bytes:
        """The ciphertext of *secret*."""
        return self._fernet.encrypt(secret.encode())

    def decrypt(self, ciphertext: bytes) -> str:
        """The secret; raises VaultError if it was encrypted with another key."""
        try:
            return self._fernet.decrypt(ciphertext).decode()
        except InvalidToken:
            raise VaultError(
                "The secrets in this database were encrypted with another key than this process has: set"
                " PARLOUR_SECRET_KEY to that key, or copy the secret.key of the parlour that made the database into"
                " the data folder."
            ) from None

    def can_decrypt(self, ciphertext: bytes) -> bool:
        """Whether it was encrypted with this key."""
        try:
            self.decrypt(ciphertext)
        except VaultError:
            return False
        return True


def key_from_file(path: Path) -> str:
    """The key in the file, which is made (mode 0600) if it does not exist yet."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(Fernet.generate_key().decode() + "\n")
        file.flush()
        os.fsync(descriptor)
    return path.read_text().strip()
