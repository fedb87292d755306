"""The sample film, searched: a catalog of it, a handful of questions, a page of the answers."""

from __future__ import annotations

import contextlib
import filecmp
import io
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.errors import StorageError, VideoError
from vidsearch_sdk.query.algebra.terms import image, shot
from vidsearch_sdk.query.algebra.written import parse
from vidsearch_sdk.results.hit import Hit
from vidsearch_sdk.results.page import Section, page, span, write_page
from vidsearch_sdk.sample.assets import film_path, subtitle_paths
from vidsearch_sdk.shot_index import ShotIndex

if TYPE_CHECKING:
    from PIL.Image import Image

FILM = "the-key.mp4"
"""Name of the film's copy beside the page."""

PICTURE = "key.jpg"
"""Name of the picture that one question is asked with."""

TILES = 6
"""Shots shown for each question."""


Ask = Literal["words", "expression", "shot", "picture"]


_CALLS = re.compile(r"\b(?:text|says|image|shot|clip)\(")


@dataclass(frozen=True)
class Question:
    """One search of the demo.

    Attributes:
        kind: A word or two about what it shows.
        heading: What stands above the answer; the query itself when words are asked.
        ask: What is asked with; for ``shot`` and ``picture`` the best shot for ``by`` is looked up first.
        by: Words for that shot, or the expression in its written form.
        where: The filter, as ``ShotIndex.search`` takes it.
        remark: One sentence for the page.
    """

    kind: str
    heading: str
    ask: Ask = "words"
    by: str = ""
    where: Mapping[str, Any] | None = None
    remark: str = ""


QUESTIONS = (
    Question("Words", "a dog in a meadow"),
    Question(
        "One after the other",
        "A dog, and soon after it a key",
        ask="expression",
        by='text("a dog").then(text("a key"), within_s=20)',
        remark="Each answer is a stretch of film: from the first shot to the last.",
    ),
    Question(
        "What is said",
        "a key oldr than these trees",
        remark="Looked for in pictures and in dialogue; slips of the fingers are put right, and told.",
    ),
    Question(
        "More like this",
        "Shots that look like this one",
        ask="shot",
        by="a turtle underwater",
        remark="No words at all: a shot of the film is the question.",
    ),
    Question(
        "A picture of your own",
        "Who has seen this key?",
        ask="picture",
        by="a key in a meadow",
        remark="Any picture will do. This one is a frame of the film, turned left to right.",
    ),
    Question("A place", "on stage", remark="Nothing is named but the place."),
    Question(
        "This, but not that",
        "At night, but not on stage",
        ask="expression",
        by='text("at night") - text("on stage")',
    ),
    Question(
        "Words and a filter",
        "at night",
        where={"opened_by": "dissolve", "duration_s": (2.0, 10.0)},
        remark="Only shots that open with a dissolve and last between 2 and 10 seconds.",
    ),
    Question(
        "Not in the film",
        "a lighthouse in a storm",
        remark="Scores are measured against the catalog, so what is not there is not found.",
    ),
)

NEXT_STEPS = (
    (
        "Your own films, with a real encoder: PE-Core-B-16 is fetched once (almost 2 GB). Your films never "
        "leave your machine.",
        "vidsearch add my-catalog ~/Movies\n"
        "vidsearch segment my-catalog\n"
        "vidsearch index my-catalog --encoder PE-Core-B-16\n"
        'vidsearch search my-catalog "a dog runs along the beach" --html hits.html',
    ),
    (
        "The same in a notebook, where answers are pictures.",
        "import vidsearch_sdk as vs\n"
        'index = vs.ShotIndex.open(vs.Catalog("my-catalog"), vs.Encoder("PE-Core-B-16"))\n'
        'index.search("a dog runs along the beach")',
    ),
)
"""What to type after the demo: a sentence and its lines."""


@dataclass(frozen=True)
class Demo:
    """What the demo made.

    Attributes:
        page: The page of answers.
        catalog: The catalog's folder.
        shots: Shots of the sample film.
        film_s: Length of the film in seconds.
        seconds: What each step took.
        found: How many shots each question found.
    """

    page: Path
    catalog: Path
    shots: int
    film_s: float
    seconds: Mapping[str, float] = field(default_factory=dict)
    found: Mapping[str, int] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """One sentence."""
        return (
            f"{len(self.found)} searches among {self.shots} shots of {_length(self.film_s)} of film, "
            f"{sum(self.seconds.values()):.1f} s in all."
        )


def make_demo(
    out: str | Path = "demo", *, progress: bool = True, tell: Callable[[str], None] | None = None
) -> Demo:
    """Build the sample catalog, search it and write ``index.html``.

    Made again in the same folder it is quick: what is there is used.

    Args:
        out: Folder for the page, the film and the catalog; made if it is not there.
        progress: Show progress bars.
        tell: Called with a line when a step is done.

    Raises:
        StorageError: The folder cannot be written.
        VidsearchError: A step failed; the message says how to go on.
    """
    folder = Path(out).expanduser().absolute()
    clock = _Clock(tell)
    film = _film_in(folder)
    catalog = Catalog(folder / "catalog")
    catalog.add(film, title="The Key")
    clock.lap("film", f"the sample film is in {film.name}")
    catalog.segment(progress=progress, retry=True)
    films = catalog.videos
    failed = films[~films["status"].isin(["ok", "partial"])]
    if len(failed):
        raise VideoError(f"the sample film could not be segmented: {failed['error'].iloc[0]}")
    shots = len(catalog.shots)
    clock.lap("segment", f"{shots} shots found, with keyframes and subtitles")
    encoder = Encoder("sample")
    index = ShotIndex.build(catalog, encoder, progress=progress)
    clock.lap("index", f"{len(index)} shots embedded and indexed")

    def link(hit: Hit) -> str:
        return film.name + span(hit)

    sections = [_ask(index, question, folder, link=link) for question in QUESTIONS]
    clock.lap("search", f"{len(sections)} questions asked")
    film_s = float(films["duration_s"].sum())
    document = page(
        title="A film, searched by words",
        intro=(
            "“The Key” is a small film that this package brings along, with an encoder that knows its world. "
            "Each row is one search; each picture is a shot, best first. Click one to see exactly that span."
        ),
        facts=[
            (str(shots), "shots"),
            (_length(film_s), "of film"),
            (str(len(sections)), "searches"),
        ],
        sections=sections,
        next_steps=NEXT_STEPS,
    )
    written = write_page(folder / "index.html", document)
    clock.lap("page", f"the page is written ({written.stat().st_size / 1e6:.1f} MB)")
    found = {section.heading: len(section.hits) for section in sections}
    return Demo(written, folder / "catalog", shots, film_s, clock.laps, found)


def _ask(index: ShotIndex, question: Question, folder: Path, *, link: Callable[[Hit], str]) -> Section:
    query: Any = question.heading
    code = f'"{question.heading}"'
    picture = None
    if question.ask == "expression":
        query, code = parse(question.by), _CALLS.sub(r"vs.\g<0>", question.by)
    elif question.ask != "words":
        best = index.search(question.by, k=1, min_score=0)[0]
        if question.ask == "shot":
            query, picture, code = shot(best), best.keyframe(), f'vs.shot("{best.shot_id}")'
        else:
            turned = folder / PICTURE
            _write(turned, _mirrored(best.image()))
            query, picture, code = image(turned), turned.read_bytes(), f'vs.image("{turned.name}")'
    where = dict(question.where) if question.where else None
    if where:
        code += f", where={where!r}".replace("'", '"')
    return Section(
        heading=question.heading,
        hits=index.search(query, k=TILES, where=where),
        kind=question.kind,
        code=f"index.search({code})",
        remark=question.remark,
        picture=picture,
        tiles=TILES,
        link=link,
    )


def _mirrored(picture: Image) -> bytes:
    from PIL import ImageOps

    out = io.BytesIO()
    ImageOps.mirror(picture).save(out, "JPEG", quality=90)
    return out.getvalue()


def _write(path: Path, data: bytes) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(data)
        aside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise StorageError(f"{path} cannot be written: {error.strerror or error}") from error


def _film_in(folder: Path) -> Path:
    # The page links into the film, so a copy stands beside it: the folder can be moved or sent as a whole.
    film = folder / FILM
    copies = {film_path(): film}
    for subtitles in subtitle_paths():
        copies[subtitles] = film.with_name(film.stem + subtitles.name.removeprefix(film_path().stem))
    for source, copy in copies.items():
        if not copy.is_file() or not filecmp.cmp(source, copy, shallow=False):
            _write(copy, source.read_bytes())
    return film


class _Clock:
    """Takes the time of each step and tells of it."""

    def __init__(self, tell: Callable[[str], None] | None) -> None:
        self.laps: dict[str, float] = {}
        self._tell = tell
        self._last = time.perf_counter()

    def lap(self, name: str, done: str) -> None:
        now = time.perf_counter()
        self.laps[name] = now - self._last
        if self._tell is not None:
            self._tell(f"{self.laps[name]:6.1f} s  {done}")
        self._last = now


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
