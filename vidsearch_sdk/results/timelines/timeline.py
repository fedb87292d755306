"""A timeline of picked shots, before it is written in any format. Pure; counts frames, never seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from vidsearch_sdk.results.timelines.rates import frames_shown, is_editing_rate
from vidsearch_sdk.timecode import frames_of_timecode, timecode_of_frames

_FIRST_HOUR = "01:00:00:00"


@dataclass(frozen=True)
class Source:
    """A film as editing programs know it.

    Attributes:
        video_id: The film, 16 hexadecimal digits of its content.
        path: Its file, absolute.
        title: Its name for showing.
        file_name: Its file name, different from that of every other film of the timeline.
        reel: Its reel name: at most 8 capitals and digits, different from every other film's.
        rate: Frames per second that its frames are counted at.
        drop: Whether its timecode is drop-frame.
        start: Timecode of its first frame, as a count of frames from 00:00:00:00.
        frames: Its length in frames.
        width: Pixels as displayed; 0 where that is not known.
        height: Rows as displayed; 0 where that is not known.
        sound: Channels of each sound track; empty for a silent film.
        sound_rate: Samples per second of its sound; 0 for a silent film.
        remark: What to know of how its frames are counted; often empty.
        stored_rate: Frames per second as its hits have it, such as ``"2997/100"``; None where they have none.

    Raises:
        ValueError: A rate that timelines cannot express, a length below 1 frame, or a start below 0.
    """

    video_id: str
    path: Path
    title: str
    file_name: str
    reel: str
    rate: Fraction
    drop: bool
    start: int
    frames: int
    width: int = 0
    height: int = 0
    sound: tuple[int, ...] = ()
    sound_rate: int = 0
    remark: str = ""
    stored_rate: object = None

    def __post_init__(self) -> None:
        if not is_editing_rate(self.rate):
            raise ValueError(f"{self.rate} frames per second cannot be written in a timeline")
        if self.frames < 1 or self.start < 0:
            raise ValueError(f"{self.frames} frames from {self.start} are no film")

    @property
    def channels(self) -> int:
        """Channels of sound for editing: of its first track, or of all where each holds a single one."""
        if set(self.sound) == {1}:
            return min(len(self.sound), 8)
        return self.sound[0] if self.sound else 0

    def timecode(self, frame: int) -> str:
        """Give the source timecode of a frame, counted from 0; past midnight it starts again."""
        return timecode_of_frames(self.start + frame, self.rate, drop=self.drop)


@dataclass(frozen=True)
class Clip:
    """A picked shot, or span of shots, on the timeline.

    Attributes:
        source: The film.
        start: First frame of the picked span, from 0.
        end: First frame after it.
        before: Frames of handle in front of it.
        after: Frames of handle behind it.
        name: What the clip is called.
        note: Query, score and reason, on one line.
        query: What was searched; empty where that is not known.
        score: How well it fits, in [0, 1]; None where that is not known.
        why: Why it came; often empty.
        shot_id: The shot, or the first one of a span.
        rank: Its place in the answer, from 1.
        start_s: Its first moment in the film's own clock, in seconds.
        end_s: First moment after it.
        position: Where it starts in the film, ``HH:MM:SS.mmm`` from the film's first frame.

    Raises:
        ValueError: The span with its handles is empty or leaves the film.
    """

    source: Source
    start: int
    end: int
    before: int = 0
    after: int = 0
    name: str = ""
    note: str = ""
    query: str = ""
    score: float | None = None
    why: str = ""
    shot_id: str = ""
    rank: int = 0
    start_s: float = 0.0
    end_s: float = 0.0
    position: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.last <= self.source.frames or self.start >= self.end:
            raise ValueError(f"frames {self.first} to {self.last} are no part of {self.source.frames} frames")
        if self.before < 0 or self.after < 0:
            raise ValueError(f"handles of {self.before} and {self.after} frames do not exist")

    @property
    def first(self) -> int:
        """First frame of the clip, handle included."""
        return self.start - self.before

    @property
    def last(self) -> int:
        """First frame after the clip, handle included."""
        return self.end + self.after

    @property
    def frames(self) -> int:
        """Length of the clip in frames of the film, handles included."""
        return self.last - self.first


@dataclass(frozen=True)
class Placed:
    """A clip and its place on the timeline, in frames of the timeline from its beginning.

    Attributes:
        number: The clip's place, from 1.
        clip: The clip.
        start: First frame.
        end: First frame after it.
    """

    number: int
    clip: Clip
    start: int
    end: int


@dataclass(frozen=True)
class Timeline:
    """Clips one after the other, beginning at 01:00:00:00.

    Attributes:
        title: What the timeline is called.
        clips: The clips, in order; at least one.

    Raises:
        ValueError: There is no clip.
    """

    title: str
    clips: tuple[Clip, ...]

    def __post_init__(self) -> None:
        if not self.clips:
            raise ValueError("a timeline has at least one clip")

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The films, each once, in the order in which they are first used."""
        return tuple({clip.source.video_id: clip.source for clip in self.clips}.values())

    @cached_property
    def leading(self) -> Source:
        """The film that the timeline takes rate, size and counting from: the first of the commonest rate."""
        rate, _ = Counter(clip.source.rate for clip in self.clips).most_common(1)[0]
        return next(source for source in self.sources if source.rate == rate)

    @property
    def rate(self) -> Fraction:
        """Frames per second: the rate that most clips have, or the first of them in a tie."""
        return self.leading.rate

    @property
    def drop(self) -> bool:
        """Whether the timeline counts drop-frame."""
        return self.leading.drop

    def start(self, rate: Fraction | None = None) -> int:
        """Give the timecode at which it begins, 01:00:00:00, as a count of frames at ``rate``."""
        first = _FIRST_HOUR.replace(":00:00:00", ":00:00;00") if self.drops(rate) else _FIRST_HOUR
        return frames_of_timecode(first, rate or self.rate)

    def drops(self, rate: Fraction | None = None) -> bool:
        """Whether it counts drop-frame when it is laid out at ``rate``."""
        return self.drop and rate in {None, self.rate}

    def placed(self, rate: Fraction | None = None) -> Iterator[Placed]:
        """Lay the clips out one after the other.

        Args:
            rate: Frames per second of the timeline; its own by default. Clips of another rate are long enough
                for all their frames, and begin on a frame of the timeline.
        """
        at = rate or self.rate
        end = 0
        for number, clip in enumerate(self.clips, start=1):
            start, end = end, end + frames_shown(clip.frames, clip.source.rate, at=at)
            yield Placed(number, clip, start, end)

    def length(self, rate: Fraction | None = None) -> int:
        """Give its length in frames at ``rate``."""
        at = rate or self.rate
        return sum(frames_shown(clip.frames, clip.source.rate, at=at) for clip in self.clips)

    def timecode(self, frame: int, rate: Fraction | None = None) -> str:
        """Give the record timecode of a frame of the timeline at ``rate``."""
        return timecode_of_frames(self.start(rate) + frame, rate or self.rate, drop=self.drops(rate))
