"""``feedback/interleaving/``: sessions in which two searches stood in one list, and what was picked from it.

A session is one small file that never changes; picked from further, it gets another one, which counts in its
place.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vidsearch_sdk.errors import CatalogTooNew, DamagedError
from vidsearch_sdk.store.catalog_file import make_catalog
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.json_file import decode_json, encode_json

INTERLEAVING_FOLDER = "feedback/interleaving"
INTERLEAVING_REMEDY = "Remove that one file: the other sessions stand in files of their own."

_FORMAT = 1
_NAME = re.compile(r"([0-9]{8}T[0-9]{12}Z)-([0-9a-f]{12})-[0-9a-f]{4}\.json")
_log = logging.getLogger("vidsearch_sdk")


@dataclass(frozen=True)
class Session:
    """One query that was answered by two searches at once.

    Attributes:
        id: Names the session in all its files: 12 hex digits.
        query: The query as people read it.
        credits: By the name of each of the two, how many picks it gave.
        picks: Ids of the shots that were picked.
        at: When it was last picked from (UTC, ISO 8601).
    """

    id: str
    query: str
    credits: Mapping[str, int]
    picks: Sequence[str]
    at: str

    def __post_init__(self) -> None:
        if len(self.credits) != 2 or not re.fullmatch("[0-9a-f]{12}", self.id):
            raise ValueError(f"a session has an id and two sides, not {self.id!r} and {list(self.credits)}")


class StoredInterleavings:
    """The interleaved sessions of a catalog, of everybody who uses it.

    Args:
        disk: Where the catalog lies.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._known: dict[str, Session] = {}

    def add(self, session: Session) -> None:
        """Keep a session, in place of what was kept of it before.

        Raises:
            CatalogTooNew: The catalog is of a newer format.
            StorageError: The disk refused; nothing was added.
        """
        self._disk.check_writable()
        make_catalog(self._disk)
        facts = {**vars(session), "picks": list(session.picks), "credits": dict(session.credits)}
        content = {"format": _FORMAT, **facts}
        # Two changes in one microsecond are two files all the same.
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{session.id}-{secrets.token_hex(2)}.json"
        self._disk.put(f"{INTERLEAVING_FOLDER}/{name}", encode_json(content))

    def read(self, sides: tuple[str, str]) -> list[Session]:
        """Give the sessions of two sides in the order in which they began, each as it was last.

        Args:
            sides: Names of the two, in any order.

        Raises:
            DamagedError: A stored file is not what was written; says which and what to do.
            CatalogTooNew: One was written by a newer version.
            StorageError: The disk refused.
        """
        names = [name for name in self._disk.names(INTERLEAVING_FOLDER) if _NAME.fullmatch(name)]
        new = [f"{INTERLEAVING_FOLDER}/{name}" for name in names if name not in self._known]
        for file, data in self._disk.read_many(new).items():
            self._known[file.rpartition("/")[2]] = _decoded(data, f"{file} in {self._disk.location}")
        last: dict[str, Session] = {}
        for name in names:
            if name in self._known and set(self._known[name].credits) == set(sides):
                last[self._known[name].id] = self._known[name]
        return list(last.values())

    def problems(self) -> Iterator[tuple[str, str]]:
        """Read every session and give the name and the problem of each that is not what was written."""
        for name in self._disk.names(INTERLEAVING_FOLDER):
            file = f"{INTERLEAVING_FOLDER}/{name}"
            if not _NAME.fullmatch(name):
                continue
            try:
                _decoded(self._disk.read(file), file)
            except FileNotFoundError:
                continue
            except CatalogTooNew as error:
                _log.warning("Compared searches are not verified: %s", error)
            except DamagedError as error:
                yield file, str(error)


def _decoded(data: bytes, where: str) -> Session:
    content: dict[str, Any] = decode_json(data, where, INTERLEAVING_REMEDY)
    found = content.pop("format", 0)
    if isinstance(found, int) and found > _FORMAT:
        raise CatalogTooNew(
            f"{where} has format {found}; this version of vidsearch_sdk knows up to {_FORMAT}. Update "
            "vidsearch_sdk."
        )
    try:
        return Session(**{name: content[name] for name in ("id", "query", "credits", "picks", "at")})
    except (KeyError, TypeError, ValueError):
        raise DamagedError(f"{where} is damaged: it holds no session. {INTERLEAVING_REMEDY}") from None
