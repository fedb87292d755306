"""When each shot of the film begins and ends, to the frame, and what the film's truth says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vidsearch_sdk.sample.captions import caption_of
from vidsearch_sdk.sample.storyboard import Opening, Panel

RATE = 24
"""Frames per second of the film."""


@dataclass(frozen=True)
class Cut:
    """One shot's place in the film. Frames are counted from 0 and every span is half-open.

    Attributes:
        panel: What the shot shows.
        start_frame: First frame of the shot; in a transition its middle.
        end_frame: The frame after its last.
        transition_start_frame: First frame of the transition that opens it.
        transition_end_frame: The frame after the transition's last; equal to the first for a cut.
        visible_start_frame: First frame in which anything of the shot is seen.
        visible_end_frame: The frame after the last such.
    """

    panel: Panel
    start_frame: int
    end_frame: int
    transition_start_frame: int
    transition_end_frame: int
    visible_start_frame: int
    visible_end_frame: int

    def moment(self, frame: int) -> float:
        """How far the shot is at a frame, from 0 to 1."""
        return (frame - self.visible_start_frame) / max(
            1, self.visible_end_frame - self.visible_start_frame - 1
        )


def lay_out(panels: Sequence[Panel]) -> list[Cut]:
    """Place the shots one after the other.

    Raises:
        ValueError: A shot that is shorter than its own transitions.
    """
    starts = [0]
    for panel in panels:
        starts.append(starts[-1] + round(panel.seconds * RATE))
    spans = [
        (start - panel.opening_frames // 2, panel.opening_frames)
        for start, panel in zip(starts, panels, strict=False)
    ]
    cuts = []
    for number, panel in enumerate(panels):
        first, length = spans[number]
        # The next shot's transition still shows this one; a fade does so only up to its middle.
        later, more = spans[number + 1] if number + 1 < len(panels) else (starts[-1], 0)
        fades_out = number + 1 < len(panels) and panels[number + 1].opening == "fade"
        seen_until = starts[number + 1] if fades_out else later + more
        seen_from = starts[number] if panel.opening == "fade" else first
        if later < first + length:
            raise ValueError(
                f"shot {number} is shorter than the transitions at its ends; give it more seconds"
            )
        cuts.append(
            Cut(panel, starts[number], starts[number + 1], first, first + length, seen_from, seen_until)
        )
    return cuts


def mix(cut: Cut, frame: int) -> float:
    """How much of this shot is seen at a frame of the transition that opens it, from 0 to 1.

    In a fade that is its brightness from the middle on, and minus the brightness of the shot before it until
    then; around the middle four frames are black.

    Raises:
        ValueError: A frame outside the transition.
    """
    if not cut.transition_start_frame <= frame < cut.transition_end_frame:
        raise ValueError(
            f"frame {frame} is not in {cut.transition_start_frame}..{cut.transition_end_frame - 1}"
        )
    if cut.panel.opening == "dissolve":
        length = cut.transition_end_frame - cut.transition_start_frame
        return (frame - cut.transition_start_frame + 1) / (length + 1)
    if frame < cut.start_frame:
        half = cut.start_frame - cut.transition_start_frame
        return -max(0, cut.start_frame - 2 - frame) / max(1, half - 1)
    half = cut.transition_end_frame - cut.start_frame
    return max(0, frame - cut.start_frame - 1) / max(1, half - 1)


@dataclass(frozen=True)
class TrueShot:
    """What is true of one shot of the sample film. Times count from the first frame; spans are half-open.

    Attributes:
        number: From 0.
        start_frame: First frame.
        end_frame: The frame after the last.
        start_s: Start in seconds.
        end_s: End in seconds.
        opened_by: How the shot begins.
        transition_start_frame: First frame of the transition that opens it.
        transition_end_frame: The frame after that transition's last; equal to the first for a cut.
        objects: Names of what is in it, the larger first.
        setting: Where it is.
        time: Day or night.
        size: Close or wide.
        movement: Whether the objects move.
        camera: What the camera does.
        caption: All of this in words.
        held_out: True where training never showed any of the objects in this setting.
    """

    number: int
    start_frame: int
    end_frame: int
    start_s: float
    end_s: float
    opened_by: Opening
    transition_start_frame: int
    transition_end_frame: int
    objects: tuple[str, ...]
    setting: str
    time: Literal["day", "night"]
    size: Literal["close", "wide"]
    movement: Literal["moving", "still"]
    camera: str
    caption: str
    held_out: bool


def true_shots(cuts: Sequence[Cut]) -> list[TrueShot]:
    """The truth of a film that was laid out so."""
    return [
        TrueShot(
            number=number,
            start_frame=cut.start_frame,
            end_frame=cut.end_frame,
            start_s=cut.start_frame / RATE,
            end_s=cut.end_frame / RATE,
            opened_by=cut.panel.opening,
            transition_start_frame=cut.transition_start_frame,
            transition_end_frame=cut.transition_end_frame,
            objects=cut.panel.scene.objects,
            setting=cut.panel.scene.setting,
            time=cut.panel.scene.time,
            size=cut.panel.scene.size,
            movement=cut.panel.scene.movement,
            camera=cut.panel.scene.camera,
            caption=caption_of(cut.panel.scene),
            held_out=cut.panel.scene.is_held_out,
        )
        for number, cut in enumerate(cuts)
    ]


@dataclass(frozen=True)
class Spoken:
    """One line of the film's dialogue.

    Attributes:
        start_s: Start in seconds from the first frame.
        end_s: End in seconds.
        english: The line, its speaker in front.
        spanish: The same in Spanish.
    """

    start_s: float
    end_s: float
    english: str
    spanish: str


def dialogue(cuts: Sequence[Cut]) -> list[Spoken]:
    """Every line with its time: inside its shot and clear of the transitions."""
    spoken = []
    for cut, after in zip(cuts, (*cuts[1:], None), strict=True):
        if cut.panel.line is None:
            continue
        first = cut.transition_end_frame + 4
        last = (after.transition_start_frame if after else cut.end_frame) - 3
        spoken.append(Spoken(first / RATE, last / RATE, cut.panel.line.english, cut.panel.line.spanish))
    return spoken
