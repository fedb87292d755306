"""Whether a film was seen whole. Pure arithmetic on what was counted."""

from __future__ import annotations

from vidsearch_sdk.video.probe import VideoInfo

WHOLE = 0.98
"""Part of what was announced that a whole film has at least; headers miscount by a few."""


def what_is_missing(
    info: VideoInfo, *, packets_seen: int, frames_seen: int, bad_packets: int, damaged_frames: int
) -> str:
    """Say what was expected of a film and what was seen, in words; nothing where the film is whole.

    FFmpeg reports no error for a file that was cut off, and patches up damaged pictures.

    Args:
        info: What the film announced.
        packets_seen: Packets to be shown that were read (:attr:`FrameReader.packets_seen`).
        frames_seen: Pictures that were decoded.
        bad_packets: Packets that could not be read or decoded.
        damaged_frames: Pictures that the decoder patched up.

    Returns:
        Words for people, or an empty string.
    """
    words = []
    expected = info.frames_expected
    # The two fields of an interlaced picture may be two packets.
    pictures = frames_seen * 2 if info.interlaced and frames_seen <= 0.51 * packets_seen else frames_seen
    # A header may miscount, but not in a file that is known to end too early.
    enough = 0 if expected is None else expected if info.missing_bytes else WHOLE * expected
    if min(packets_seen, pictures) < enough:
        words.append(f"{expected} frames were expected, {frames_seen} were decoded")
    elif expected is None and info.missing_bytes:
        words.append(
            f"the file lacks {info.missing_bytes} bytes at its end, {frames_seen} frames were decoded"
        )
    if bad_packets:
        words.append(f"{bad_packets} damaged packets were left out")
    if damaged_frames:
        words.append(f"{damaged_frames} damaged frames were patched up")
    return "; ".join(words)
