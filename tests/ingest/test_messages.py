"""What a child may say, and that nothing else passes."""

from __future__ import annotations

import json

import pytest

from vidsearch_sdk.ingest.messages import (
    LINE_LIMIT,
    Done,
    Failed,
    MessageError,
    Opened,
    Progress,
    Ready,
    decode,
    encode,
)


@pytest.mark.parametrize(
    "message",
    [
        Ready("1.2.3"),
        Opened(duration_s=12.5, frames=300, width=1920, height=1080),
        Opened(duration_s=None, frames=None, width=1, height=1),
        Progress(0.25),
        Progress(None),
        Done(
            {"frames": 3, "duration_s": 0.5, "codec": "h264", "variable_rate": True, "hdr": None}, ("shots",)
        ),
        Failed("rejected", "no video stream"),
    ],
)
def test_every_message_survives_the_pipe(message) -> None:
    line = encode(message)
    assert line.endswith(b"\n")
    assert b"\n" not in line[:-1]
    assert decode(line) == message


def test_a_file_name_of_undecodable_bytes_survives_the_pipe() -> None:
    name = b"film\xff\n.mp4".decode("utf-8", "surrogateescape")
    assert json.loads(encode({"path": name}))["path"].encode("utf-8", "surrogateescape") == b"film\xff\n.mp4"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[1]",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"event": "launch"}',
        b'{"event": ["ready"]}',
        b'{"event": "ready"}',
        b'{"event": "ready", "version": 1}',
        b'{"event": "opened", "duration_s": 1, "frames": -1, "width": 1, "height": 1}',
        b'{"event": "opened", "duration_s": NaN, "frames": 1, "width": 1, "height": 1}',
        b'{"event": "progress", "film_s": 1e999}',
        b'{"event": "progress", "film_s": true}',
        b'{"event": "done", "measured": {}, "tables": "shots"}',
        b'{"event": "done", "measured": {}, "tables": ["../shots"]}',
        b'{"event": "done", "measured": {"A B": 1}, "tables": []}',
        b'{"event": "done", "measured": {"a": {"b": 1}}, "tables": []}',
        b'{"event": "failed", "kind": "ok", "error": ""}',
        b'{"event": "failed", "kind": "rejected", "error": 3}',
        b'{"event": "ready", "version": "' + b"1" * LINE_LIMIT + b'"}',
    ],
)
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(MessageError):
        decode(line)


def test_text_is_cut_to_a_bearable_length() -> None:
    assert len(decode(encode(Failed("crashed", "x" * 100_000))).error) == 4000
