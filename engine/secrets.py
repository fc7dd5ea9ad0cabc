"""Channel tokens and other secrets at rest: AES-GCM, bound to the row they belong to."""

import binascii
import os
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
KEY_FILE = "secret.key"
_VERSION = b"\x01"
_ID_BYTES = 8
_NONCE_BYTES = 12
_HEAD = len(_VERSION) + _ID_BYTES


class SecretFault(Exception):
    """A sealed secret cannot be opened; the message names the row and never the secret."""


class KeyLost(SecretFault):
    """It was sealed with a key that is not among ours.  `key_id`: which, in hex."""

    def __init__(self, place: str, key_id: str) -> None:
        super().__init__(f"the key {key_id} that sealed {place} is not among the configured keys")
        self.key_id = key_id


class Foreign(SecretFault):
    """It was sealed for another row, or has been changed."""

    def __init__(self, place: str) -> None:
        super().__init__(f"what is stored for {place} was not sealed for it, or has been changed")


class Vault:
    """Seals and opens; the first of `keys` (32 bytes each, at least one) seals, any of them opens."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a vault needs keys of {KEY_BYTES} bytes each")
        self._current = _key_id(keys[0])
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}

    def seal(self, shop: int, table: str, row: int, plaintext: bytes) -> bytes:
        """`plaintext` for this row only: moved to another row, table or shop it does not open."""
        head = _VERSION + self._current
        nonce = os.urandom(_NONCE_BYTES)
        bound = head + _place(shop, table, row).encode()
        return head + nonce + self._ciphers[self._current].encrypt(nonce, plaintext, bound)

    def open(self, shop: int, table: str, row: int, sealed: bytes) -> bytes:
        """What `seal` was given.  Raises `KeyLost` or `Foreign`."""
        place = _place(shop, table, row)
        head, nonce = sealed[:_HEAD], sealed[_HEAD : _HEAD + _NONCE_BYTES]
        if head[:1] != _VERSION or len(nonce) < _NONCE_BYTES:
            raise Foreign(place)
        cipher = self._ciphers.get(head[1:])
        if cipher is None:
            raise KeyLost(place, head[1:].hex())
        try:
            return cipher.decrypt(nonce, sealed[_HEAD + _NONCE_BYTES :], head + place.encode())
        except InvalidTag:
            raise Foreign(place) from None

    def reseal(self, shop: int, table: str, row: int, sealed: bytes) -> bytes | None:
        """The same secret under the current key, None where it is already.  Raises as `open` does."""
        plaintext = self.open(shop, table, row, sealed)
        return None if sealed[1:_HEAD] == self._current else self.seal(shop, table, row, plaintext)


def key_from_text(text: str) -> bytes:
    """A key written in base64, standard or URL-safe.  Raises ValueError that does not show it."""
    try:
        key = b64decode(text.strip().translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a secret key is written in base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"a secret key has {KEY_BYTES} bytes, this one has {len(key)}")
    return key


def keys_of_folder(folder: Path) -> list[bytes]:
    """The key kept in the folder, made on first use and readable by its owner only."""
    path = folder / KEY_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_once(path, b64encode(os.urandom(KEY_BYTES)) + b"\n")
    return [key_from_text(path.read_text())]


def _write_once(path: Path, content: bytes) -> None:
    """For the owner's eyes.  Of processes that start at once one links its file, whole; the others see it."""
    number, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with open(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)


def _place(shop: int, table: str, row: int) -> str:
    return f"{shop}|{table}|{row}"


def _key_id(key: bytes) -> bytes:
    """Names a key without telling it."""
    return sha256(b"botique key id" + key).digest()[:_ID_BYTES]
