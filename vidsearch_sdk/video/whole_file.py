"""Whether a file ends where its container says that it ends.

FFmpeg reads a file that was cut off to its end and reports no error. Containers without a frame count still
tell their length in bytes, so a cut is found without decoding.
"""

from __future__ import annotations

import os
import struct

_MANY_BOXES = 100_000  # a day of one-second fragments; beyond it the walk costs more than it tells
_EBML = b"\x1a\x45\xdf\xa3"
_PAGE = b"OggS\0"
_LARGEST_PAGE = 27 + 255 + 255 * 255
_SEGMENT = b"\x18\x53\x80\x67"


def missing_bytes(descriptor: int) -> int:
    """Count the bytes that a container announces beyond the end of its file.

    Knows MP4 and MOV (ISO/IEC 14496-12 boxes), Matroska and WebM (RFC 8794 elements), RIFF AVI and Ogg
    (RFC 3533 pages).

    Args:
        descriptor: A regular file, open for reading; its position is left alone.

    Returns:
        0 when the file is whole or does not tell.
    """
    size = os.fstat(descriptor).st_size
    head = os.pread(descriptor, 4096, 0)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip", b"styp"):
        end = _end_of_boxes(descriptor, size)
    elif head[:4] == _EBML:
        end = _end_of_segment(head)
    elif head[:4] == b"RIFF" and head[8:11] == b"AVI":
        end = _end_of_riff(descriptor, size)
    elif head[:5] == _PAGE:
        end = _end_of_last_page(descriptor, size)
    else:
        end = 0
    return max(0, end - size)


def _end_of_boxes(descriptor: int, size: int) -> int:
    position = 0
    for _ in range(_MANY_BOXES):
        if position >= size:
            break
        header = os.pread(descriptor, 16, position)
        if len(header) < 8 or not header[4:8].isascii() or header[4:8].strip(b"\0") == b"":
            return 0  # padding or rubbish after the last box
        (length,) = struct.unpack(">I", header[:4])
        if length == 1:
            if len(header) < 16:
                return 0
            (length,) = struct.unpack(">Q", header[8:])
        if length < 8:
            return 0  # 0: to the end of the file, whatever it is
        position += length
    return position


def _end_of_riff(descriptor: int, size: int) -> int:
    # Films over 1 GB go on in further chunks (OpenDML AVI 1.02).
    position = 0
    while position < size:
        header = os.pread(descriptor, 8, position)
        if header[:4] != b"RIFF" or len(header) < 8:
            break
        position += 8 + int.from_bytes(header[4:8], "little")
    return position


def _end_of_last_page(descriptor: int, size: int) -> int:
    # Pages tell where they end, and a cut nearly always goes through one.
    start = max(0, size - _LARGEST_PAGE)
    tail = os.pread(descriptor, _LARGEST_PAGE, start)
    last = tail.rfind(_PAGE)
    header = tail[last : last + 27]
    if last < 0 or len(header) < 27:
        return 0
    lengths = tail[last + 27 : last + 27 + header[26]]
    return start + last + 27 + header[26] + sum(lengths)


def _end_of_segment(head: bytes) -> int:
    header_size, header_end = _element_size(head, 4)
    start = header_end + (header_size or 0)
    if header_size is None or head[start : start + 4] != _SEGMENT:
        return 0
    segment_size, data_start = _element_size(head, start + 4)
    return 0 if segment_size is None else data_start + segment_size


def _element_size(data: bytes, position: int) -> tuple[int | None, int]:
    """Read an EBML size: (None when unknown, as in a live recording; the position after it)."""
    if position >= len(data) or data[position] == 0:
        return None, position
    width = 9 - data[position].bit_length()
    raw = int.from_bytes(data[position : position + width], "big")
    mask = (1 << (7 * width)) - 1
    value = raw & mask
    return (None if value == mask or position + width > len(data) else value), position + width
