"""When the scenes of a script are in a film, told by its dialogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from vidsearch_sdk.index.language_tags import language_of
from vidsearch_sdk.learning.outlines import Element, Scene
from vidsearch_sdk.learning.word_chain import word_chain, word_weights
from vidsearch_sdk.query.dialogue.analysis import Analyzer

Doubles = npt.NDArray[np.float64]

FOUND = 0.5
"""Share of a line's words, by what they tell, that must be spoken together for the line to be found."""

_PAUSE_S = 6.0
"""What one says in a row has no longer pauses."""
_TELLS_ENOUGH = 1.0
"""A line is found by one word that comes nowhere else, or by several: the measure of ``word_weights``."""
_OVERLAP_S = 0.75
"""A line may begin before its scene does, or end after it."""
_SOFT = 0.5
"""A cut is as good as a fade or dissolve at half its distance: those mark a new scene more often."""
_FEW = 8
"""Lines from which on the film tells its own pace."""
_SLOWEST, _SLACK_S = 3.0, 15.0
"""A stretch of film this many times longer than its part of the script, and more, holds what is not in it."""


@dataclass(frozen=True)
class Placed:
    """A scene and where it is.

    Attributes:
        scene: The scene.
        start_s: When it starts, in seconds of the film's own clock; NaN where it is not known.
        end_s: When it ends.
        lines: What is said in it, in lines of the script.
        found: How many of them are spoken in the film, in their order.
        sure: 0 to 1. For a scene with dialogue the share of it that was found. For one without, what the two
            nearest that were found have at least, times its share of the script between their lines: the
            fewer others lie there, the surer is where it is.
        shots: Places of its shots in the film's table.
        why: Why nothing is taken from it; empty otherwise.
    """

    scene: Scene
    start_s: float
    end_s: float
    lines: int
    found: int
    sure: float
    shots: tuple[int, ...]
    why: str = ""


@dataclass(frozen=True)
class _Line:
    scene: int
    element: Element
    start_s: float
    end_s: float
    share: float
    weight: float

    @property
    def is_found(self) -> bool:
        return self.share >= FOUND and self.share * self.weight >= _TELLS_ENOUGH


def best_track(scenes: Sequence[Scene], dialogue: pd.DataFrame) -> pd.DataFrame:
    """The lines of the track that shares most with what is said in a script.

    Args:
        scenes: The script.
        dialogue: Lines of one film: ``start_s``, ``end_s``, ``text``, ``language``, ``track``.
    """
    analyzer = Analyzer()
    script = {
        word for scene in scenes for line in scene.of("dialogue") for word in _words(line.text, analyzer)
    }
    best, most = dialogue.iloc[:0], -1.0
    for _, lines in dialogue.groupby(["track", "language"], sort=True, dropna=False):
        words = [word for text in lines["text"] for word in _words(str(text), analyzer)]
        weights = word_weights(words)
        told = sum(weight for word, weight in weights.items() if word in script)
        if told > most:
            best, most = lines, told
    return best.sort_values(["start_s", "line"], kind="stable") if len(best) else best


def align(scenes: Sequence[Scene], dialogue: pd.DataFrame, shots: pd.DataFrame) -> list[Placed]:
    """Find where the scenes of a script are in a film.

    The words of its dialogue are brought to those of the subtitles in their order (``word_chain``); a line is
    found where enough of it is spoken together. Between lines that were found, film runs as the script does,
    so many seconds to so many characters; scenes start at the cut nearest to where they would.

    Args:
        scenes: The script, in the order of the film.
        dialogue: One track of the film's lines, in order of time: ``start_s``, ``end_s``, ``text``,
            ``language``.
        shots: The film's shots in order of time: ``start_s``, ``end_s``, ``opened_by``.

    Returns:
        One for each scene, in order.
    """
    lines = _heard(scenes, dialogue)
    of_scene = {number: [one for one in lines if one.scene == number] for number in range(len(scenes))}
    if not any(line.is_found for line in lines):
        lost = (float("nan"), float("nan"))
        return [
            Placed(scene, *lost, len(of_scene[number]), 0, 0.0, (), "nothing of the script was found")
            for number, scene in enumerate(scenes)
        ]
    starts, ends = (shots[name].to_numpy(np.float64) for name in ("start_s", "end_s"))
    clock = _Clock([line for line in lines if line.is_found], scenes, float(starts[0]), float(ends[-1]))
    bounds = _bounds(scenes, clock, shots)
    middles = (starts + ends) / 2
    known = ~clock.is_elsewhere(middles, bounds)
    shares = {number: _share(said) for number, said in of_scene.items() if said}
    found = {number: share for number, share in shares.items() if share > 0}
    placed = []
    for number, scene in enumerate(scenes):
        said = of_scene[number]
        inside = np.flatnonzero((middles >= bounds[number]) & (middles < bounds[number + 1]) & known)
        sure = shares[number] if said else _sure_of_silent(number, scenes, found, clock)
        why = ""
        if said and not any(line.is_found for line in said):
            why, inside = "nothing of what is said in it was found", inside[:0]
        elif not len(inside):
            why = "no shot lies between its neighbors"
        placed.append(
            Placed(
                scene,
                float(starts[inside[0]]) if len(inside) else float("nan"),
                float(ends[inside[-1]]) if len(inside) else float("nan"),
                len(said),
                sum(line.is_found for line in said),
                round(sure, 3),
                tuple(int(one) for one in inside),
                why,
            )
        )
    return placed


class _Clock:
    """What time it is in the film at a character of the script."""

    def __init__(
        self, found: Sequence[_Line], scenes: Sequence[Scene], first_s: float, last_s: float
    ) -> None:
        self._headings = np.array([scene.begins for scene in scenes[1:]], np.float64)
        points: list[tuple[float, float]] = []
        for line in found:
            for point in ((line.element.begins, line.start_s), (line.element.ends, line.end_s)):
                if not points or (point[0] > points[-1][0] and point[1] > points[-1][1]):
                    points.append((float(point[0]), float(point[1])))
        # Seconds to a character from line to line; the median does not mind what only one of both has. Where
        # there are few lines, it must be told by how fast they are spoken.
        starts = np.array([(line.element.begins, line.start_s) for line in found])
        steps = np.diff(starts, axis=0)
        if len(steps) < _FEW:
            spoken = [(line.element.ends - line.element.begins, line.end_s - line.start_s) for line in found]
            steps = np.concatenate([steps, np.array(spoken)])
        paces = np.sort(steps[:, 1] / steps[:, 0])
        self.rate = max(0.005, float(paces[(len(paces) - 1) // 2]))
        before = 2 * points[0][0] * self.rate
        after = 2 * (scenes[-1].ends - points[-1][0]) * self.rate
        head = (min(0.0, points[0][0]) - 1.0, max(first_s, points[0][1] - before - 1.0))
        tail = (max(float(scenes[-1].ends), points[-1][0]) + 1.0, min(last_s, points[-1][1] + after + 1.0))
        points = [head, *points, tail]
        self._at = np.array([point[0] for point in points])
        self._time = np.maximum.accumulate(np.array([point[1] for point in points]))
        self._elsewhere = list(self._stretches())
        # A scene before such a stretch ends where it begins, and one after it begins where it ends.
        edges = [(at, time) for _, _, pair in self._elsewhere for at, time in pair]
        told = sorted(set(zip(self._at.tolist(), self._time.tolist(), strict=True)).union(edges))
        self._told_at = np.array([at for at, _ in told])
        self._told_time = np.maximum.accumulate(np.array([time for _, time in told]))

    def time(self, at: float) -> float:
        """When a character of the script is in the film."""
        return float(np.interp(at, self._told_at, self._told_time))

    def around(self, at: float) -> tuple[float, float, float, float]:
        """The known points before and after a character: their places in the script and their times."""
        after = int(np.clip(np.searchsorted(self._at, at, side="right"), 1, len(self._at) - 1))
        return self._at[after - 1], self._at[after], self._time[after - 1], self._time[after]

    def is_elsewhere(self, times: Doubles, bounds: Sequence[float]) -> npt.NDArray[np.bool_]:
        """Which moments are outside of the script, or far from all that is known, with a heading between."""
        out: npt.NDArray[np.bool_] = (times < self._time[0]) | (times >= self._time[-1])
        for begins, ends, edges in self._elsewhere:
            next_scene = int(np.searchsorted(self._headings, edges[-1][0])) + 1
            out |= (times > begins) & (times < max(ends, bounds[next_scene]))
        return out

    def _stretches(self) -> Iterator[tuple[float, float, list[tuple[float, float]]]]:
        """Begin and end of stretches that are too long for their script, and what headings are put there."""
        for place in range(1, len(self._at)):
            begins, ends = self._at[place - 1], self._at[place]
            first, last = self._time[place - 1], self._time[place]
            headings = self._headings[(self._headings >= begins) & (self._headings < ends)]
            if not len(headings) or last - first <= _SLOWEST * (ends - begins) * self.rate + _SLACK_S:
                continue
            # The scene before goes on for as long as its script does, and so the one after begins.
            before, after = headings[0] - begins, ends - headings[-1]
            first += _SLOWEST / 2 * self.rate * before + _SLACK_S / 3
            last -= _SLOWEST / 2 * self.rate * after + _SLACK_S / 3
            edges = [(float(headings[0]) + 1e-3, float(first)), (float(headings[-1]), float(last))]
            yield float(first), float(last), edges[1:] if len(headings) == 1 else edges


def _heard(scenes: Sequence[Scene], dialogue: pd.DataFrame) -> list[_Line]:
    """Every line of the script, with when it is spoken and how much of it was found."""
    analyzer = Analyzer()
    tags = [language_of(str(tag)) for tag in dialogue["language"].head(1)]
    language = tags[0] if tags else ""
    spoken: list[str] = []
    times: list[tuple[float, float]] = []
    for text, start, end in zip(*(dialogue[name] for name in ("text", "start_s", "end_s")), strict=True):
        words = _words(str(text), analyzer, language)
        step = (end - start) / max(1, len(words))
        spoken += words
        times += [(start + step * n, start + step * (n + 1)) for n in range(len(words))]
    weights = word_weights(spoken)
    said = [
        (number, element, _words(element.text, analyzer, language))
        for number, scene in enumerate(scenes)
        for element in scene.of("dialogue")
    ]
    script = [word for _, _, words in said for word in words]
    chain = word_chain(script, spoken, weights)
    lines, begins = [], 0
    for number, element, words in said:
        mine = chain[(chain[:, 0] >= begins) & (chain[:, 0] < begins + len(words))]
        begins += len(words)
        weight = sum(weights.get(word, 1.0) for word in words)
        run = _together(mine[:, 1], times, [weights[spoken[at]] for at in mine[:, 1]])
        if not words:
            continue
        heard = sum(weights[spoken[at]] for at in run)
        start, end = (times[run[0]][0], times[run[-1]][1]) if run else (float("nan"), float("nan"))
        lines.append(_Line(number, element, start, end, heard / weight, weight))
    return lines


def _together(
    places: npt.NDArray[np.int64], times: Sequence[tuple[float, float]], weights: Sequence[float]
) -> list[int]:
    """The heaviest run of words without a long pause."""
    breaks = [0]
    for one, other in pairwise(places.tolist()):
        breaks.append(breaks[-1] + (times[other][0] - times[one][1] > _PAUSE_S))
    told = list(zip(breaks, places.tolist(), weights, strict=False))
    runs = [list(run) for _, run in groupby(told, key=lambda word: word[0])]
    best = max(runs, key=lambda run: sum(weight for _, _, weight in run), default=[])
    return [place for _, place, _ in best]


def _bounds(scenes: Sequence[Scene], clock: _Clock, shots: pd.DataFrame) -> list[float]:
    """When each scene starts, ascending, and at the end when the last one ends."""
    cuts = shots["start_s"].to_numpy(np.float64)
    soft = shots["opened_by"].isin(["fade", "dissolve"]).to_numpy()
    bounds = [clock.time(scenes[0].begins)]
    for scene in scenes[1:]:
        wanted = clock.time(scene.begins)
        _, _, before, after = clock.around(scene.begins)
        # Cuts that part what is said before the heading from what is said after it.
        open_ = (cuts > max(bounds[-1], before - _OVERLAP_S)) & (cuts < after + _OVERLAP_S)
        if open_.any():
            far = np.where(soft, _SOFT, 1.0) * np.abs(cuts - wanted)
            wanted = float(cuts[int(np.argmin(np.where(open_, far, np.inf)))])
        bounds.append(max(wanted, bounds[-1]))
    return [*bounds, max(bounds[-1], clock.time(scenes[-1].ends))]


def _share(said: Sequence[_Line]) -> float:
    told = sum(line.weight for line in said)
    return sum(line.weight for line in said if line.is_found) / told


def _sure_of_silent(number: int, scenes: Sequence[Scene], shares: dict[int, float], clock: _Clock) -> float:
    begins, ends, _, _ = clock.around(scenes[number].begins)
    before = [shares[place] for place in range(number - 1, -1, -1) if place in shares][:1]
    after = [shares[place] for place in range(number + 1, len(scenes)) if place in shares][:1]
    # Before the first line and after the last one there are titles and credits of any length.
    neighbors = [*(before or [0.5]), *(after or [0.5])]
    length = scenes[number].ends - scenes[number].begins
    return min(neighbors) * min(1.0, length / max(1.0, ends - begins))


def _words(text: str, analyzer: Analyzer, language: str = "") -> list[str]:
    bare = re.sub(r"[(\[♪][^)\]♪]{0,300}[)\]♪]", " ", text)
    return analyzer.of_line(bare, language=language)[0]
