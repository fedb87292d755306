"""``feedback/judgments/``: what people said is right for a query, with who said it and when.

Every write is one small file of its own that never changes, so that any number of processes may add at once.
"""

from __future__ import annotations

import json
import logging
import math
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import pandas as pd

from vidsearch_sdk.errors import CatalogError, CatalogTooNew, DamagedError, VideoNotFound
from vidsearch_sdk.store.catalog_file import make_catalog
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.json_file import decode_json, encode_json

JUDGMENTS_FOLDER = "feedback/judgments"
JUDGMENTS_REMEDY = (
    "Remove that one file: the judgments that were added at other times stand in files of their own."
)
COLUMNS = ("query", "group", "shot_id", "video", "start_s", "end_s", "grade", "split", "who", "at", "source")
"""The columns of :meth:`StoredJudgments.read`, before ``added``."""

_FORMAT = 1
_NAME = re.compile(r"([0-9]{8}T[0-9]{12}Z-[0-9a-f]{12})\.json")
_TEXTS = ("query", "group", "shot_id", "video", "split", "who", "source")
_NUMBERS = ("start_s", "end_s", "grade")
_LONGEST_WHO = 200
_log = logging.getLogger("vidsearch_sdk")

Row = dict[str, Any]


class HasTable(Protocol):
    """Judgments as the package has them: anything with their table."""

    @property
    def table(self) -> pd.DataFrame:
        """Columns ``COLUMNS``."""


class StoredJudgments:
    """The judgments of a catalog, shared by everybody who uses it: ``catalog.judgments``.

    A shot is kept with its film and its span, so that a judgment holds on when the film is segmented anew and
    its shots get other numbers.

    Args:
        disk: Where the catalog lies.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._known: dict[str, list[Row]] = {}

    def add(self, judgments: HasTable | pd.DataFrame, *, who: str = "") -> str:
        """Keep judgments; nothing that was kept before is touched.

        Args:
            judgments: ``vs.Judgments``, or a table with at least ``query``, ``grade``, and either ``shot_id``
                or ``video``, ``start_s`` and ``end_s``.
            who: Who judged, where the judgments themselves do not say.

        Returns:
            The id of what was added, for :meth:`remove`.

        Raises:
            CatalogError: There are none, it is not said who judged, or a row cannot be kept; nothing was.
            VideoNotFound: A film or shot is not in the catalog; nothing was added.
            CatalogTooNew: The catalog is of a newer format.
            StorageError: The disk refused; nothing was added.
        """
        now = datetime.now(UTC)
        table = judgments if isinstance(judgments, pd.DataFrame) else judgments.table
        rows = [_row(one, number, who, now) for number, one in enumerate(table.to_dict("records"), start=1)]
        if not rows:
            raise CatalogError("There are no judgments to add.")
        self._disk.check_writable()
        rows = _Places(Films(self._disk)).of(rows)
        make_catalog(self._disk)
        added = f"{now:%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(6)}"
        content = {
            "format": _FORMAT,
            "added": added,
            "columns": list(COLUMNS),
            "rows": [[row[name] for name in COLUMNS] for row in rows],
        }
        self._disk.put(f"{JUDGMENTS_FOLDER}/{added}.json", encode_json(content))
        return added

    def read(self) -> pd.DataFrame:
        """Give all judgments, in the order in which they were added.

        Returns:
            ``query``, ``group``, ``shot_id`` and ``video`` (the film's video_id), ``start_s`` and ``end_s``
            (the shot's span when it was judged), ``grade``, ``split``, ``who``, ``at`` (UTC), ``source``
            (``thumbs`` or ``picks`` of a grid, empty for others) and ``added`` (the id of the write).
            ``vs.Judgments.from_frame`` takes it.

        Raises:
            DamagedError: A stored file is not what was written; says which and what to do.
            CatalogTooNew: One was written by a newer version.
            StorageError: The disk refused.
        """
        names = self._names()
        new = [f"{JUDGMENTS_FOLDER}/{name}.json" for name in names if name not in self._known]
        for file, data in self._disk.read_many(new).items():
            name = file.rpartition("/")[2].removesuffix(".json")
            self._known[name] = _decoded(data, file, self._disk.location)
        rows = [{**row, "added": name} for name in names for row in self._known.get(name, ())]
        frame = pd.DataFrame(rows, columns=[*COLUMNS, "added"])
        for name in (*_TEXTS, "added"):
            frame[name] = frame[name].astype("str")
        for name in _NUMBERS:
            frame[name] = frame[name].astype("float64")
        frame["at"] = pd.to_datetime(frame["at"], utc=True, format="ISO8601").astype("datetime64[us, UTC]")
        return frame

    def added(self) -> tuple[str, ...]:
        """The ids of all that was added, in order; nothing is read for them.

        Raises:
            StorageError: The disk refused.
        """
        return tuple(self._names())

    def remove(self, added: str | Iterable[str]) -> None:
        """Take back what was added at one time or several.

        Args:
            added: Ids that :meth:`add` gave; column ``added`` of :meth:`read` has them.

        Raises:
            CatalogError: There is no such id; nothing was removed.
            StorageError: The disk refused.
        """
        wanted = [added] if isinstance(added, str) else list(dict.fromkeys(added))
        self._disk.check_writable()
        there = set(self._names())
        for one in wanted:
            if one not in there:
                raise CatalogError(
                    f"No judgments were added as {one!r}; the column 'added' of catalog.judgments.read() "
                    "has the ids."
                )
        for one in wanted:
            self._disk.remove(f"{JUDGMENTS_FOLDER}/{one}.json")
            self._known.pop(one, None)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Read every stored file and give the name and the problem of each that is not what was written."""
        for name in self._names():
            file = f"{JUDGMENTS_FOLDER}/{name}.json"
            try:
                _decoded(self._disk.read(file), file, self._disk.location)
            except FileNotFoundError:  # taken back meanwhile
                continue
            except CatalogTooNew as error:
                _log.warning("Judgments are not verified: %s", error)
            except DamagedError as error:
                yield file, str(error)

    def __len__(self) -> int:
        return len(self.read())

    def __repr__(self) -> str:
        table = self.read()
        queries, people = table["query"].nunique(), table["who"].nunique()
        return f"StoredJudgments({len(table):,} of {queries:,} queries by {people:,} people)"

    def _names(self) -> list[str]:
        found = (_NAME.fullmatch(name) for name in self._disk.names(JUDGMENTS_FOLDER))
        return [match[1] for match in found if match]


def _row(given: Mapping[Any, Any], number: int, who: str, now: datetime) -> Row:
    row: Row = {}
    for name in _TEXTS:
        value = given.get(name, "")
        row[name] = value.strip() if isinstance(value, str) else ""
    row["who"] = row["who"] or (who.strip() if isinstance(who, str) else "")
    for name in _NUMBERS:
        row[name] = _number(given.get(name), name, number)
    row["at"] = _moment(given.get("at"), now, number)
    where = f"row {number} of the judgments"
    if not row["query"]:
        raise CatalogError(f"{where} has no query.")
    if not row["who"] or len(row["who"]) > _LONGEST_WHO or not row["who"].isprintable():
        raise CatalogError(
            f"{where} does not say who judged; give who='a name', up to {_LONGEST_WHO} printable characters."
        )
    if row["grade"] is None or row["grade"] < 0:
        raise CatalogError(f"{where} has the grade {given.get('grade')!r}; a number from 0 up is needed.")
    for name in _TEXTS:
        try:
            row[name].encode()
        except UnicodeEncodeError:
            raise CatalogError(f"{where}: {name} is not valid Unicode: {row[name]!r}.") from None
    return row


def _number(value: Any, name: str, number: int) -> float | None:
    if value is None or value is pd.NA or value == "":
        return None
    try:
        read = float(value)
    except (TypeError, ValueError):
        raise CatalogError(f"row {number} of the judgments: {name} is {value!r}, not a number.") from None
    if math.isinf(read):
        raise CatalogError(f"row {number} of the judgments: {name} is not finite.")
    return None if math.isnan(read) else read


def _moment(value: Any, now: datetime, number: int) -> str:
    if value is None or value == "" or pd.isna(value):
        return now.isoformat()
    try:
        moment = pd.Timestamp(value)
        moment = moment.tz_localize(UTC) if moment.tzinfo is None else moment.tz_convert(UTC)
        return str(moment.to_pydatetime(warn=False).isoformat())
    except (TypeError, ValueError, OverflowError) as error:
        raise CatalogError(f"row {number} of the judgments: at is {value!r}, not a date ({error}).") from None


class _Places:
    """Where the judged shots lie; each film is read once."""

    def __init__(self, films: Films) -> None:
        self._films = films
        self._listed: list[Film] | None = None
        self._shots: dict[str, dict[str, tuple[float, float]]] = {}

    def of(self, rows: Sequence[Row]) -> list[Row]:
        return [self._placed(row, number) for number, row in enumerate(rows, start=1)]

    def _placed(self, row: Row, number: int) -> Row:
        if row["shot_id"]:
            video_id = row["shot_id"].rpartition("-")[0]
            span = self._spans(video_id).get(row["shot_id"])
            if row["start_s"] is not None and row["end_s"] is not None:
                # It says itself where it lies: judged before the film was segmented anew.
                return {**row, "video": video_id}
            if span is None:
                raise VideoNotFound(
                    f"row {number} of the judgments names the shot {row['shot_id']}, which the film "
                    f"{video_id} does not have (see catalog.shots); nothing was added."
                )
            return {**row, "video": video_id, "start_s": span[0], "end_s": span[1]}
        if row["video"]:
            if row["start_s"] is None or row["end_s"] is None or row["end_s"] <= row["start_s"]:
                raise CatalogError(
                    f"row {number} of the judgments: a span needs start_s and a later end_s, not "
                    f"{row['start_s']} and {row['end_s']}; nothing was added."
                )
            return {**row, "video": self._named(row["video"])}
        if row["grade"]:
            raise CatalogError(
                f"row {number} of the judgments names neither a shot nor a span; nothing was added. A query "
                "that nothing answers has grade 0."
            )
        return row

    def _named(self, name: str) -> str:
        if self._listed is None:
            self._listed = self._films.list()
        found = [film for film in self._listed if film.video_id == name] or [
            film for film in self._listed if film.name == name
        ]
        if not found:
            raise self._films.not_found(name)
        if len(found) > 1:
            ids = ", ".join(film.video_id for film in found)
            raise CatalogError(f"{len(found)} films are called {name!r}: {ids}. Give the video_id.")
        return found[0].video_id

    def _spans(self, video_id: str) -> Mapping[str, tuple[float, float]]:
        if video_id not in self._shots:
            film = self._films.get(video_id)
            table = self._films.table(film, "shots").select(["shot_id", "start_s", "end_s"]).to_pydict()
            spans = zip(table["start_s"], table["end_s"], strict=True)
            self._shots[video_id] = dict(zip(table["shot_id"], spans, strict=True))
        return self._shots[video_id]


def _decoded(data: bytes, file: str, location: str) -> list[Row]:
    where = f"{file} in {location}"
    found = _format_of(data)
    if found > _FORMAT:
        # Before the checksum, which a later format may compute in another way.
        raise CatalogTooNew(
            f"{where} has format {found}; this version of vidsearch_sdk knows up to {_FORMAT}. Update "
            "vidsearch_sdk."
        )
    content = decode_json(data, where, JUDGMENTS_REMEDY)
    try:
        # Written before there were sources, a row has none.
        return [{"source": "", **dict(zip(content["columns"], row, strict=True))} for row in content["rows"]]
    except (KeyError, TypeError, ValueError):
        raise DamagedError(f"{where} is damaged: it holds no judgments. {JUDGMENTS_REMEDY}") from None


def _format_of(data: bytes) -> int:
    try:
        value = json.loads(data)["format"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0
    return value if isinstance(value, int) else 0
