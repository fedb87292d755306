from __future__ import annotations

import json

import pytest

from vidsearch_sdk.errors import DamagedError
from vidsearch_sdk.store.json_file import decode_json, encode_json

CONTENT = {"format": 1, "names": ["a", "\ud800", "ü"], "deep": {"x": None, "y": 1.5}, "n": 2**60}


def test_any_tool_reads_it() -> None:
    assert json.loads(encode_json(CONTENT)).items() >= CONTENT.items()
    assert decode_json(encode_json(CONTENT), "x", "") == CONTENT


def test_every_single_bit_counts() -> None:
    data = encode_json(CONTENT)
    for at in range(len(data) * 8):
        changed = bytearray(data)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(DamagedError, match=r"x\.json is damaged.*Do this\."):
            decode_json(bytes(changed), "x.json", "Do this.")


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"null", b"[1]", b"\xff" * 200, b"[" * 100_000, json.dumps(CONTENT).encode()]
)
def test_what_it_did_not_write_is_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError):
        decode_json(data, "x", "")


def test_every_cut_counts() -> None:
    data = encode_json(CONTENT)
    for end in range(len(data)):
        with pytest.raises(DamagedError):
            decode_json(data[:end], "x", "")


def test_numbers_that_json_has_not_are_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        encode_json({"x": float("nan")})
