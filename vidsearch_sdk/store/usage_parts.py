"""``feedback/usage/``: what was noted of searches, in files that never change, and whether notes are taken.

A part holds one JSON object per line, so that other programs read it as it is; its last line says how many
they are and what their SHA-256 is. Any number of processes may add parts at once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from vidsearch_sdk.errors import CatalogError, CatalogTooNew, DamagedError
from vidsearch_sdk.store.catalog_file import make_catalog
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.json_file import decode_json, encode_json

USAGE_FOLDER = "feedback/usage"
USAGE_SWITCH = "feedback/usage.json"
USAGE_REMEDY = "Remove that one file, or all with catalog.forget_usage(): no search depends on it."

KeptWords = Literal["typed", "hashed"]
"""How the words of a query are kept: as typed, or as a keyed hash that only tells same from other."""

_FORMAT = 1
_NAME = re.compile(r"([0-9]{8}T[0-9]{12}Z-[0-9a-f]{12})\.jsonl")
_LOOKS = 5
_log = logging.getLogger("vidsearch_sdk")

Event = dict[str, Any]


@dataclass(frozen=True)
class Switch:
    """Whether notes are taken, and how.

    Attributes:
        on: Whether they are.
        words: How words are kept.
        key: What words are hashed with, hexadecimal digits.

    Raises:
        CatalogError: ``words`` is not one of the choices.
    """

    on: bool = False
    words: KeptWords = "typed"
    key: str = ""

    def __post_init__(self) -> None:
        if self.words not in get_args(KeptWords):
            raise CatalogError(f"words={self.words!r}: 'typed' or 'hashed' is needed")


class UsageParts:
    """What a catalog keeps of its usage, as files.

    Args:
        disk: Where the catalog lies.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._known: dict[str, list[Event]] = {}

    @property
    def is_local(self) -> bool:
        """Whether a look at a file costs microseconds and not a request."""
        return self._disk.is_local

    def switch(self) -> Switch:
        """Say whether notes are taken; where that cannot be read, none are.

        Raises:
            StorageError: The disk refused.
        """
        try:
            return self._stored_switch()
        except FileNotFoundError:
            return Switch()
        except CatalogError as error:
            _log.warning("No usage is noted: %s", error)
            return Switch()

    def turn(self, on: bool, words: KeptWords) -> Switch:
        """Turn notes on or off for everybody who uses the catalog.

        Raises:
            CatalogError: ``words`` is not one of the choices.
            CatalogTooNew: The catalog is of a newer format.
            StorageError: The disk refused.
        """
        switch = Switch(on, words, secrets.token_hex(16) if on else "")
        if not on:
            self._disk.remove(USAGE_SWITCH)
            return switch
        known = self.switch()
        if known.on and known.words == words:
            return known
        make_catalog(self._disk)
        content = {"format": _FORMAT, "on": on, "words": words, "key": switch.key}
        self._disk.put(USAGE_SWITCH, encode_json(content))
        return switch

    def add(self, events: Sequence[Event]) -> str:
        """Keep some events as a part of their own; gives its name.

        Raises:
            CatalogTooNew: The catalog is of a newer format.
            StorageError: The disk refused; nothing was kept.
        """
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(6)}"
        self._disk.put(f"{USAGE_FOLDER}/{name}.jsonl", encode_events(events))
        return name

    def join(self, names: Iterable[str]) -> None:
        """Make one part of several that the caller has added.

        The new part is written before the old ones are removed: whoever reads meanwhile may see an event
        twice, and tells by its session and number.

        Raises:
            StorageError: The disk refused; nothing is lost.
        """
        files = [f"{USAGE_FOLDER}/{name}.jsonl" for name in names]
        found = self._disk.read_many(files)
        events = [event for file in files if file in found for event in decode_events(found[file], file)]
        if events:
            self.add(events)
        for file in found:
            self._disk.remove(file)

    def read(self) -> tuple[list[Event], list[str]]:
        """Give all events, each once and in order of time, and what could not be read, in words.

        Raises:
            StorageError: The disk refused.
        """
        names = self._names()
        for _ in range(_LOOKS):
            new = [f"{USAGE_FOLDER}/{name}.jsonl" for name in names if name not in self._known]
            found = self._disk.read_many(new)
            problems = []
            for file, data in found.items():
                try:
                    self._known[_short(file)] = decode_events(data, file)
                except (DamagedError, CatalogTooNew) as error:
                    problems.append(str(error))
            if len(found) == len(new):
                break
            names = self._names()  # another process joined some of its parts meanwhile
        self._known = {name: self._known[name] for name in names if name in self._known}
        once = {
            (event.get("session"), event.get("n")): event
            for name in names
            for event in self._known.get(name, ())
        }
        return sorted(once.values(), key=lambda event: (float(event["at"]), int(event["n"]))), problems

    def forget(self) -> int:
        """Remove all parts; gives how many there were.

        Raises:
            StorageError: The disk refused.
        """
        names = self._names()
        if names:
            self._disk.check_writable()
        for name in names:
            self._disk.remove(f"{USAGE_FOLDER}/{name}.jsonl")
        self._known.clear()
        return len(names)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Read switch and parts, and give the name and the problem of each that is not what was written."""
        try:
            self._stored_switch()
        except FileNotFoundError:
            pass
        except CatalogTooNew as error:
            _log.warning("Usage is not verified: %s", error)
        except DamagedError as error:
            yield USAGE_SWITCH, str(error)
        for name in self._names():
            file = f"{USAGE_FOLDER}/{name}.jsonl"
            try:
                decode_events(self._disk.read(file), file)
            except FileNotFoundError:
                continue
            except CatalogTooNew as error:
                _log.warning("Usage is not verified: %s", error)
            except DamagedError as error:
                yield file, str(error)

    def _stored_switch(self) -> Switch:
        content = decode_json(self._disk.read(USAGE_SWITCH), USAGE_SWITCH, USAGE_REMEDY)
        found = content.get("format", 0)
        if isinstance(found, int) and found > _FORMAT:
            raise CatalogTooNew(f"{USAGE_SWITCH} has format {found}; update vidsearch_sdk.")
        try:
            key = str(content["key"])
            bytes.fromhex(key)
            return Switch(bool(content["on"]), content["words"], key)
        except (KeyError, TypeError, ValueError, CatalogError):
            raise DamagedError(
                f"{USAGE_SWITCH} is damaged: it does not say how notes are taken. {USAGE_REMEDY}"
            ) from None

    def _names(self) -> list[str]:
        found = (_NAME.fullmatch(name) for name in self._disk.names(USAGE_FOLDER))
        return [match[1] for match in found if match]


def encode_events(events: Iterable[Event]) -> bytes:
    """Write events one per line, with a last line that holds their number and checksum.

    Examples:
        >>> print(encode_events([{"n": 1}]).decode().splitlines()[0])
        {"n":1}
    """
    lines = [json.dumps(event, separators=(",", ":"), allow_nan=False) for event in events]
    body = "".join(f"{line}\n" for line in lines).encode("ascii")
    end = {"format": _FORMAT, "events": len(lines), "sha256": hashlib.sha256(body).hexdigest()}
    return body + json.dumps(end).encode("ascii") + b"\n"


def decode_events(data: bytes, name: str) -> list[Event]:
    """Read what :func:`encode_events` wrote.

    Raises:
        DamagedError: It is not what was written.
        CatalogTooNew: It was written by a newer version.
    """
    at = data.rstrip(b"\n").rfind(b"\n") + 1
    body, last = data[:at], data[at:]
    try:
        end = json.loads(last)
        if end["format"] > _FORMAT:
            raise CatalogTooNew(f"{name} has format {end['format']}; update vidsearch_sdk.")
        if hashlib.sha256(body).hexdigest() != end["sha256"]:
            raise ValueError
        return [dict(json.loads(line)) for line in body.splitlines()]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DamagedError(f"{name} is damaged: it is not what was written. {USAGE_REMEDY}") from None


def _short(file: str) -> str:
    return file.rpartition("/")[2].removesuffix(".jsonl")
