"""One shot that a search found."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import DamagedError, QueryError, StorageError
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.film_clock import FilmClock, film_clock
from vidsearch_sdk.results.footage import Footage
from vidsearch_sdk.results.values import as_number, is_missing
from vidsearch_sdk.results.wording import why, written_score
from vidsearch_sdk.timecode import format_time

if TYPE_CHECKING:
    from PIL.Image import Image

    from vidsearch_sdk.results.search_results import SearchResults

_UNSAFE_IN_NAMES = re.compile(r"[^\w.-]+|\.{2,}")


@dataclass(frozen=True)
class Hit:
    """One shot that a search found; a row of ``SearchResults.table`` with its pictures.

    What was asked for in order (``a.then(b)``) is found as a span: one hit from the first frame of its first
    shot to the last frame of its last; ``parts`` are the shots themselves.

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
        picture: How well the shot's picture fits, in [0, 1]; ``None`` where pictures were not asked.
        dialogue: How well a line spoken over the shot fits, in [0, 1]; ``None`` where none does.
        line: The line of dialogue that fits; ``""`` where none does.
        line_start_s: Where the line starts, in the film's own clock, in seconds.
        line_language: Language of the line as the film names it, such as ``en``; ``""`` where it does not.
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
    picture: float | None = None
    dialogue: float | None = None
    line: str = ""
    line_start_s: float | None = None
    line_language: str = ""
    own: Mapping[str, Any] = field(default_factory=dict)
    folded_count: int = field(default=0, repr=False)
    footage: Footage | None = field(default=None, repr=False, compare=False)
    answer: SearchResults | None = field(default=None, repr=False, compare=False)

    # A film's columns may hold lists, so a hit is known by what it points at.
    def __hash__(self) -> int:
        return hash((self.shot_id, self.rank))

    def __getstate__(self) -> dict[str, Any]:
        # A hit that is sent or kept takes its own parts along, not the thousand others of the answer.
        alone = self.answer.only(self.rank) if self.answer is not None else None
        return {**{one.name: getattr(self, one.name) for one in fields(self)}, "answer": alone}

    @classmethod
    def from_row(
        cls, row: Mapping[str, Any], footage: Footage | None = None, *, answer: SearchResults | None = None
    ) -> Hit:
        """Make a hit of a row of the search table.

        Args:
            row: Column names to values; columns that are neither ``SHOT_COLUMNS`` nor ``OPTIONAL_COLUMNS``
                become ``own``.
            footage: Where pictures and film files come from.
            answer: The results that the hit is one of; they know what is folded behind it.
        """
        given = {name: value for name, value in row.items() if name in _SHOT_COLUMNS}
        for name in ("opened_by", "time_base", "source_timecode"):
            given[name] = "" if is_missing(given.get(name)) else str(given[name])
        if is_missing(given.get("frame_rate")):
            given["frame_rate"] = None
        for name in ("picture", "dialogue", "line_start_s"):
            given[name] = as_number(row.get(name))
        for name in ("line", "line_language"):
            # A person may say "None" or "nan": only what is no text at all is missing.
            text = row.get(name)
            given[name] = text if isinstance(text, str) else ""
        given["folded_count"] = max(0, int(as_number(row.get("folded")) or 0))
        own = {
            name: value
            for name, value in row.items()
            if name not in _SHOT_COLUMNS and name not in OPTIONAL_COLUMNS
        }
        return cls(**given, own=own, footage=footage, answer=answer)

    def __getitem__(self, column: str) -> Any:
        """Give a column of this row by name, own columns too."""
        if column in self.own:
            return self.own[column]
        if column == "folded":
            return self.folded_count
        if column in _SHOT_COLUMNS or column in OPTIONAL_COLUMNS:
            return getattr(self, column)
        raise KeyError(column)

    @property
    def why(self) -> str:
        """Why the shot came: ``picture 0.81, line: “Where is my key?” 0.64``; ``""`` where that is not known.

        A span says it step by step, with arrows between. Clean text on one row, not yet escaped for HTML.
        """
        return why(self)

    @cached_property
    def parts(self) -> tuple[Hit, ...]:
        """The shots of a span, in order of time; empty for a single shot."""
        return self.answer.parts_of(self.rank) if self.answer is not None else ()

    @property
    def folded(self) -> SearchResults:
        """The near-duplicates that this hit stands for, best first, without itself; often none.

        Raises:
            QueryError: The hit was made without the answer that it is one of.
        """
        if self.answer is None:
            raise QueryError(f"the hit {self.shot_id} was made without its search: nothing else is known")
        return self.answer.folded_behind(self.rank)

    @property
    def position_s(self) -> float:
        """Seconds from the film's first frame to the shot's first."""
        return self.start_s - self._footage().start_s(self.video_id) if self.footage else self.start_s

    @property
    def position(self) -> str:
        """Where the shot starts in the film, as ``HH:MM:SS.mmm`` from the film's first frame."""
        return format_time(self.position_s)

    @property
    def line_position(self) -> str:
        """Where the line starts, as ``position``; ``""`` where there is none."""
        if self.line_start_s is None:
            return ""
        # From the shot's own place, so that both count from the same frame.
        return format_time(self.position_s + (self.line_start_s - self.start_s))

    @property
    def timecode(self) -> str:
        """Source timecode of the shot's first frame (``HH:MM:SS:FF``); ``""`` where the film has none."""
        return self.clock.timecode(self.clock.span(self)[0])

    @cached_property
    def clock(self) -> FilmClock:
        """How the film's frames are counted and named, in hits as in players, reels and timelines."""
        return film_clock(self)

    def keyframe(self, position: int | None = None) -> bytes:
        """Give a keyframe of the shot as it is stored, a JPEG; arguments and errors as for ``image``."""
        return self._footage().keyframe(self.shot_id, position)

    def image(self, position: int | None = None) -> Image:
        """Give a keyframe of the shot; of a span, one of the shot that ``shot_id`` names.

        Args:
            position: Which of the shot's keyframes, from 0, or from the end when negative; the middle one by
                default.

        Returns:
            An RGB picture, upright, its shorter side at most 384 pixels.

        Raises:
            QueryError: ``position`` is not a whole number.
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
        """Write exactly this shot, or the whole span, as an mp4 that browsers play.

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

    def was_played(self) -> None:
        """Tell that somebody plays the hit, where the catalog keeps that."""
        if self.answer is not None and self.answer.usage is not None:
            self.answer.usage.played(self)

    def was_picked(self) -> None:
        """Tell that somebody picked the hit, where the catalog keeps that."""
        if self.answer is not None and self.answer.usage is not None:
            self.answer.usage.picked(self)

    def was_judged(self, thumb: int) -> None:
        """Tell that somebody gave the hit a thumb (1, -1, or 0: taken back), where the catalog keeps that."""
        if self.answer is not None and self.answer.usage is not None:
            self.answer.usage.thumbed(self, thumb)

    @property
    def clip_name(self) -> str:
        """A file name for this shot or span that every file system takes, whatever the film is called."""
        title = _UNSAFE_IN_NAMES.sub("_", plain(Path(self.name).stem)).strip("._-")
        # File systems take 255 bytes; the rest of the name needs about 50.
        title = title.encode()[:100].decode(errors="ignore")
        # A span begins like its first shot; the name must still mean this clip alone.
        numbers = [part.number for part in self.parts]
        shots = f"{self.video_id}-{min(numbers)}-to-{max(numbers)}" if numbers else self.shot_id
        return f"{title or 'film'}_{self.position.replace(':', '.')}_{shots}.mp4"

    def __str__(self) -> str:
        score = written_score(self.score)
        return f"{self.rank}. {plain(self.name, limit=60)} at {self.position}, score {score}"

    def _repr_html_(self) -> str:
        from vidsearch_sdk.results.grid import alone

        return alone(self)

    def _footage(self) -> Footage:
        if self.footage is None:
            raise QueryError(f"the hit {self.shot_id} was made without a catalog: it has no pictures")
        return self.footage


OPTIONAL_COLUMNS: tuple[str, ...] = (
    "picture",
    "dialogue",
    "line",
    "line_start_s",
    "line_language",
    "folded",
)
"""Columns of the search table that say why a shot came (nan or empty where one does not apply), and how many
near-duplicates it stands for."""

_BESIDE = {*OPTIONAL_COLUMNS, "own", "folded_count", "footage", "answer"}

SHOT_COLUMNS: tuple[str, ...] = tuple(one.name for one in fields(Hit) if one.name not in _BESIDE)
"""Columns of the search table that every row has, in order."""

_SHOT_COLUMNS = frozenset(SHOT_COLUMNS)
