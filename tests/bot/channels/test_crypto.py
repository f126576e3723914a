"""Callback encryption against known answers, forgeries and chance."""

import base64
import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.channels.base import RefusedInput
from bot.channels.crypto import (
    CallbackCrypto,
    MediaDecryptor,
    decode_key,
    decrypt_media,
    sign,
)
from bot.channels.setting_types import AESKey
from tests.bot.channels import vectors
from tests.bot.channels.vectors import NEGATIVES, VECTORS, RejectedVector, Vector, encrypt_media


def crypto_of(vector: Vector) -> CallbackCrypto:
    return CallbackCrypto(vector.token, vector.key, receiveid=vector.receiveid)


def open_vector(crypto: CallbackCrypto, vector: Vector, *, signature: str | None = None) -> str:
    return crypto.open(
        vector.encrypt,
        signature=vector.signature if signature is None else signature,
        timestamp=vector.timestamp,
        nonce=vector.nonce,
    )


@pytest.mark.parametrize("name", VECTORS)
def test_a_known_vector_opens(name: str) -> None:
    vector = VECTORS[name]
    assert open_vector(crypto_of(vector), vector) == vector.plain


@pytest.mark.parametrize("name", VECTORS)
def test_sealing_a_known_vector_gives_the_same_bytes(name: str) -> None:
    vector = VECTORS[name]
    sealed = crypto_of(vector).seal(
        vector.plain, timestamp=int(vector.timestamp), nonce=vector.nonce, salt=vector.salt
    )
    assert (sealed.encrypt, sealed.signature) == (vector.encrypt, vector.signature)


def test_the_plain_mode_signature_covers_three_values() -> None:
    assert sign("OAtoken01", "1767225600", "998877") == "06a645503657ca20bb86f523467ec292efe2beeb"


@pytest.mark.parametrize("name", NEGATIVES)
def test_a_correctly_signed_bad_payload_is_refused(name: str) -> None:
    negative: RejectedVector = NEGATIVES[name]
    crypto = CallbackCrypto("tok", vectors.KEY, receiveid="wwRIGHTCORP")
    with pytest.raises(RefusedInput) as refused:
        crypto.open(negative.encrypt, signature=negative.signature, timestamp="1767225600", nonce="n1")
    assert (refused.value.slug, refused.value.status, refused.value.code) == (
        negative.slug,
        negative.status,
        negative.code,
    )


def test_an_empty_receiveid_accepts_any_tail() -> None:
    negative = NEGATIVES["wrong receiveid"]
    crypto = CallbackCrypto("tok", vectors.KEY)
    assert crypto.open(negative.encrypt, signature=negative.signature, timestamp="1767225600", nonce="n1")


@pytest.mark.parametrize("signature", ["", "0" * 40, "签名", "627FA39F4F0CFF4AACCE4BD068B2A6811DB36DB0"])
def test_a_wrong_signature_is_refused_before_decryption(signature: str) -> None:
    with pytest.raises(RefusedInput) as refused:
        open_vector(crypto_of(vectors.V3), vectors.V3, signature=signature)
    assert (refused.value.status, refused.value.code) == (403, -40001)


@pytest.mark.parametrize(
    ("encrypt", "slug"),
    [
        ("not base64!", "base64_broken"),
        ("路灯", "base64_broken"),
        ("AAAA", "decrypt_failed"),
        ("", "decrypt_failed"),
    ],
)
def test_ciphertext_that_is_none_is_refused(encrypt: str, slug: str) -> None:
    with pytest.raises(RefusedInput) as refused:
        crypto_of(vectors.V3).decrypt(encrypt)
    assert (refused.value.slug, refused.value.status) == (slug, 400)


@pytest.mark.parametrize("key", ["", "short", vectors.KEY + "AA", vectors.KEY[:-1] + "!"])
def test_a_wrong_key_fails_at_start_up(key: str) -> None:
    with pytest.raises(ValueError):
        CallbackCrypto("tok", key)


@given(st.binary(min_size=32, max_size=32), st.booleans(), st.booleans())
def test_a_key_is_read_in_both_alphabets_and_with_or_without_padding(
    key: bytes, url_safe: bool, padded: bool
) -> None:
    text = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(key).decode()
    text = text if padded else text.rstrip("=")
    assert decode_key(text) == key
    assert TypeAdapter(AESKey).validate_python(text).get_secret_value() == text


def test_a_key_may_carry_its_padding() -> None:
    assert decode_key(vectors.KEY + "=") == decode_key(vectors.KEY) == bytes(range(32))


@given(text=st.text(), receiveid=st.sampled_from(["", "wwCORP", "网格"]), nonce=st.text(max_size=20))
def test_what_is_sealed_opens_again(text: str, receiveid: str, nonce: str) -> None:
    crypto = CallbackCrypto("tok", vectors.KEY, receiveid=receiveid)
    sealed = crypto.seal(text, timestamp=1, nonce=nonce)
    assert crypto.open(sealed.encrypt, signature=sealed.signature, timestamp="1", nonce=nonce) == text


@given(st.binary(min_size=1, max_size=6).map(lambda block: block.ljust(16) * 4))
def test_noise_never_raises_anything_but_a_refusal(noise: bytes) -> None:
    with contextlib.suppress(RefusedInput):
        CallbackCrypto("tok", vectors.KEY).decrypt(base64.b64encode(noise).decode())


def test_the_known_media_file_decrypts() -> None:
    assert decrypt_media(vectors.V5_CIPHER, vectors.KEY) == vectors.V5_PLAIN


def test_the_known_media_file_encrypts() -> None:
    assert encrypt_media(vectors.V5_PLAIN, vectors.KEY) == vectors.V5_CIPHER


@pytest.mark.parametrize("body", [b"", b"short", vectors.V5_CIPHER[:-1], vectors.V5_CIPHER[:16]])
def test_a_cut_off_media_file_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedInput):
        decrypt_media(body, vectors.KEY)


@given(plain=st.binary(max_size=500), cuts=st.lists(st.integers(0, 550), max_size=5))
def test_a_media_file_decrypts_however_it_arrives(plain: bytes, cuts: list[int]) -> None:
    body = encrypt_media(plain, vectors.KEY)
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    decryptor = MediaDecryptor(vectors.KEY)
    pieces = [decryptor.update(body[start:end]) for start, end in itertools.pairwise(edges)]
    assert b"".join(pieces) + decryptor.finish() == plain
