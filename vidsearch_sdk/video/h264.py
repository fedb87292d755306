"""H.264 as an encoder gives it (ITU-T H.264 annex B), rewritten as mp4 stores it (ISO/IEC 14496-15)."""

from __future__ import annotations

import re

_START_CODE = re.compile(rb"\x00\x00\x00?\x01")
_SEI, _SPS, _PPS, _DELIMITER = 6, 7, 8, 9  # ITU-T H.264 table 7-1


def parameter_sets(extradata: bytes) -> tuple[bytes, bytes]:
    """Take the sequence and picture parameter sets out of an encoder's header.

    Raises:
        ValueError: One of them is missing.
    """
    units = {unit[0] & 31: unit for unit in _units(extradata)}
    if _SPS not in units or _PPS not in units:
        raise ValueError("the encoder's header holds no parameter sets")
    return units[_SPS], units[_PPS]


def codec_string(sps: bytes) -> str:
    """Name the codec as players ask for it (RFC 6381): profile, constraints and level of what follows.

    Examples:
        >>> codec_string(bytes.fromhex("674d401eda0280bf"))
        'avc1.4D401E'
    """
    return f"avc1.{sps[1:4].hex().upper()}"


def decoder_record(sps: bytes, pps: bytes) -> bytes:
    """Write the ``AVCDecoderConfigurationRecord`` (ISO/IEC 14496-15 5.3.3.1), lengths of four bytes."""
    return b"".join(
        [
            bytes([1, sps[1], sps[2], sps[3], 0xFF, 0xE1]),
            len(sps).to_bytes(2, "big"),
            sps,
            b"\x01",
            len(pps).to_bytes(2, "big"),
            pps,
        ]
    )


def sample(packet: bytes) -> bytes:
    """Rewrite one coded picture: a length before each unit; what players do not need is left out.

    Examples:
        >>> sample(bytes.fromhex("0000000106aabb 000001 65cc")).hex()
        '0000000265cc'
    """
    kept = (unit for unit in _units(packet) if unit[0] & 31 not in (_SEI, _SPS, _PPS, _DELIMITER))
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in kept)


def _units(data: bytes) -> list[bytes]:
    # A unit never ends with a zero byte, nor holds a start code: the zeros between belong to neither.
    return [unit for unit in (part.rstrip(b"\0") for part in _START_CODE.split(data)) if unit]
