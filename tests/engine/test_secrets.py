"""A secret opens for its own row with its own key, and for nothing else."""

import os
import stat
from base64 import b64encode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.secrets import Foreign, KeyLost, SecretFault, Vault, key_from_text, keys_of_folder

OLD, NEW = os.urandom(32), os.urandom(32)
PLACE = (1, "bot.credentials", 7)
TOKEN = b"110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@given(st.binary(max_size=5000))
def test_what_is_sealed_opens_as_it_was(plaintext: bytes) -> None:
    vault = Vault([OLD])
    sealed = vault.seal(*PLACE, plaintext)
    assert vault.open(*PLACE, sealed) == plaintext
    assert len(plaintext) < 8 or plaintext not in sealed


def test_the_same_secret_is_never_sealed_alike_twice() -> None:
    vault = Vault([OLD])
    assert vault.seal(*PLACE, TOKEN) != vault.seal(*PLACE, TOKEN)


@pytest.mark.parametrize(
    "elsewhere", [(2, "bot.credentials", 7), (1, "bot.hook_secret", 7), (1, "bot.credentials", 8)]
)
def test_a_secret_moved_to_another_row_does_not_open(elsewhere: tuple[int, str, int]) -> None:
    vault = Vault([OLD])
    with pytest.raises(Foreign):
        vault.open(*elsewhere, vault.seal(*PLACE, TOKEN))


@given(st.binary(max_size=200))
def test_what_was_never_sealed_does_not_open(rubbish: bytes) -> None:
    with pytest.raises(SecretFault):
        Vault([OLD]).open(*PLACE, rubbish)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_secret_changed_in_any_byte_does_not_open(place: int, change: int) -> None:
    vault = Vault([OLD])
    sealed = bytearray(vault.seal(*PLACE, TOKEN))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(SecretFault):
        vault.open(*PLACE, bytes(sealed))


def test_after_a_rotation_both_keys_open_and_the_new_one_seals() -> None:
    sealed = Vault([OLD]).seal(*PLACE, TOKEN)
    both = Vault([NEW, OLD])
    assert both.open(*PLACE, sealed) == TOKEN
    resealed = both.reseal(*PLACE, sealed)
    assert resealed is not None
    assert Vault([NEW]).open(*PLACE, resealed) == TOKEN
    assert both.reseal(*PLACE, resealed) is None


def test_a_lost_key_is_told_by_its_id_and_nothing_secret_is() -> None:
    sealed = Vault([OLD]).seal(*PLACE, TOKEN)
    with pytest.raises(KeyLost) as caught:
        Vault([NEW]).open(*PLACE, sealed)
    told = f"{caught.value} {caught.value.key_id}"
    assert "bot.credentials" in told
    assert TOKEN.decode() not in told
    assert OLD.hex() not in told


@pytest.mark.parametrize("keys", [[], [b"short"], [OLD, b"x" * 33]])
def test_a_vault_needs_whole_keys(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(keys)


@pytest.mark.parametrize(
    "text",
    [b64encode(b"\xfb" * 32), urlsafe_b64encode(b"\xfb" * 32), b64encode(OLD) + b"\n"],
    ids=["standard", "for addresses", "with an end of line"],
)
def test_a_key_is_read_in_either_base64(text: bytes) -> None:
    assert len(key_from_text(text.decode())) == 32


@pytest.mark.parametrize("text", ["", "hunter2!", b64encode(b"x" * 31).decode(), "é" * 44, "A" * 43])
def test_a_key_that_cannot_be_read_is_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="secret key") as caught:
        key_from_text(text)
    assert not text or text not in str(caught.value)


def test_the_key_of_a_folder_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: keys_of_folder(folder), range(8)))
    assert all(keys == found[0] for keys in found)
    assert [path.name for path in folder.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
