"""One shot that a search found."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import DamagedError, QueryError, StorageError
from vidsearch_sdk.results.footage import Footage
from vidsearch_sdk.results.markup import plain
from vidsearch_sdk.timecode import format_time, source_timecode

if TYPE_CHECKING:
    from PIL.Image import Image

_UNSAFE_IN_NAMES = re.compile(r"[^\w.-]+|\.{2,}")


@dataclass(frozen=True)
class Hit:
    """One shot that a search found; a row of ``SearchResults.table`` with its pictures.

    Attributes:
        rank: Place in the answer, from 1.
        score: How well the shot fits, calibrated against the catalog, in [0, 1].
        similarity: Cosine of query and shot, in [-1, 1].
        shot_id: ``<video_id>-<number>``.
        video_id: The film, 16 hexadecimal digits of its content.
        name: The film's name for showing.
        number: The shot within the film, from 0.
        start_s: First moment of the shot in the film's own clock, in seconds; the span is [start_s, end_s).
        end_s: First moment after the shot.
        duration_s: Length in seconds.
        start_frame: First frame in presentation order, from 0; the span is [start_frame, end_frame).
        end_frame: First frame after the shot.
        start_pts: ``start_s`` in the stream's time base.
        end_pts: ``end_s`` in the stream's time base.
        opened_by: What the shot starts with: ``start``, ``cut``, ``fade`` or ``dissolve``.
        time_base: Seconds per tick of a pts, as text (``"1/90000"``).
        frame_rate: Frames per second, as the catalog has it; ``None`` where the film names none.
        source_timecode: Timecode of the film's first frame; ``""`` where it has none.
        own: Every further column, your own first of all.
    """

    rank: int
    score: float
    similarity: float
    shot_id: str
    video_id: str
    name: str
    number: int
    start_s: float
    end_s: float
    duration_s: float
    start_frame: int
    end_frame: int
    start_pts: int
    end_pts: int
    opened_by: str = ""
    time_base: str = ""
    frame_rate: Any = None
    source_timecode: str = ""
    own: Mapping[str, Any] = field(default_factory=dict)
    footage: Footage | None = field(default=None, repr=False, compare=False)

    # A film's columns may hold lists, so a hit is known by what it points at.
    def __hash__(self) -> int:
        return hash((self.shot_id, self.rank))

    @classmethod
    def from_row(cls, row: Mapping[str, Any], footage: Footage | None = None) -> Hit:
        """Make a hit of a row of the search table.

        Args:
            row: Column names to values; columns beyond the fields of this class become ``own``.
            footage: Where pictures and film files come from.
        """
        known = {one.name for one in fields(cls)} - {"own", "footage"}
        given = {name: value for name, value in row.items() if name in known}
        for name in ("opened_by", "time_base", "source_timecode"):
            given[name] = "" if _missing(given.get(name)) else str(given[name])
        if _missing(given.get("frame_rate")):
            given["frame_rate"] = None
        own = {name: value for name, value in row.items() if name not in known}
        return cls(**given, own=own, footage=footage)

    def __getitem__(self, column: str) -> Any:
        """Give a column of this row by name, own columns too."""
        if column in self.own:
            return self.own[column]
        if column in SHOT_COLUMNS:
            return getattr(self, column)
        raise KeyError(column)

    @property
    def position_s(self) -> float:
        """Seconds from the film's first frame to the shot's first."""
        return self.start_s - self._footage().start_s(self.video_id) if self.footage else self.start_s

    @property
    def position(self) -> str:
        """Where the shot starts in the film, as ``HH:MM:SS.mmm`` from the film's first frame."""
        return format_time(self.position_s)

    @property
    def timecode(self) -> str:
        """Source timecode of the shot's first frame (``HH:MM:SS:FF``); ``""`` where the film has none."""
        if not self.source_timecode or self.frame_rate is None:
            return ""
        try:
            rate = Fraction(str(self.frame_rate)).limit_denominator(1001)
            return source_timecode(self.start_frame, rate, self.source_timecode)
        except (ValueError, ZeroDivisionError):
            return ""

    def keyframe(self, position: int | None = None) -> bytes:
        """Give a keyframe of the shot as it is stored, a JPEG; arguments and errors as for ``image``."""
        return self._footage().keyframe(self.shot_id, position)

    def image(self, position: int | None = None) -> Image:
        """Give a keyframe of the shot.

        Args:
            position: Which of the shot's keyframes, from 0, or from the end when negative; the middle one by
                default.

        Returns:
            An RGB picture, upright, its shorter side at most 384 pixels.

        Raises:
            VideoNotFound: The film is no longer in the catalog, or the shot has no keyframe of that number.
            DamagedError: The stored picture is not what was written.
        """
        from PIL import Image

        jpeg = self.keyframe(position)
        try:
            with Image.open(io.BytesIO(jpeg)) as opened:
                return opened.convert("RGB")
        except OSError as error:
            raise DamagedError(
                f"the keyframe of shot {self.shot_id} is not a picture; catalog.verify() lists all damage"
            ) from error

    def clip(self, path: str | Path | None = None, *, overwrite: bool = False) -> Path:
        """Write exactly this shot as an mp4 that browsers play.

        Args:
            path: The file to write, or a folder. By default a file in the current folder that is named after
                the film, the position and the shot; that name means this clip alone, so it is replaced.
            overwrite: Replace a file that you named yourself.

        Returns:
            The file written: H.264 of the frames [start_frame, end_frame), and AAC where the film has sound.

        Raises:
            VideoNotFound: The film's file has moved or is gone.
            StorageError: ``path`` exists and ``overwrite`` is false, or the disk refused.
            VideoError: The film cannot be decoded.
        """
        out = Path.cwd() if path is None else Path(path).expanduser()
        if out.is_dir():
            out = out / self.clip_name
            overwrite = True
        if out.exists() and not overwrite:
            raise StorageError(f"{out} exists; choose another name or pass overwrite=True")
        film = self._footage().path(self.video_id)
        if out.exists() and out.samefile(film):
            raise StorageError(f"{out} is the film itself; choose another name for the clip")
        from vidsearch_sdk.video.clips import write_clip

        return write_clip(film, out, start_pts=self.start_pts, end_pts=self.end_pts)

    @property
    def clip_name(self) -> str:
        """A file name for this shot that every file system takes, whatever the film is called."""
        title = _UNSAFE_IN_NAMES.sub("_", plain(Path(self.name).stem)).strip("._-")
        # File systems take 255 bytes; the rest of the name needs about 50.
        title = title.encode()[:100].decode(errors="ignore")
        return f"{title or 'film'}_{self.position.replace(':', '.')}_{self.shot_id}.mp4"

    def __str__(self) -> str:
        return f"{self.rank}. {plain(self.name, limit=60)} at {self.position}, score {self.score:.2f}"

    def _repr_html_(self) -> str:
        from vidsearch_sdk.results.grid import grid

        return grid([self], width=384)

    def _footage(self) -> Footage:
        if self.footage is None:
            raise QueryError(f"the hit {self.shot_id} was made without a catalog: it has no pictures")
        return self.footage


SHOT_COLUMNS: tuple[str, ...] = tuple(one.name for one in fields(Hit) if one.name not in {"own", "footage"})
"""Columns of the search table before your own, in order."""


def _missing(value: object) -> bool:
    return value is None or str(value) in {"", "nan", "None", "<NA>"}
