"""``synonyms.json``: the words that a team says in several ways, edited by hand and read by every search."""

from __future__ import annotations

import difflib
import json
import time
import unicodedata
from collections.abc import Iterator, Mapping

import pandas as pd

from vidsearch_sdk.errors import CatalogError, CatalogTooNew, DamagedError
from vidsearch_sdk.store.catalog_file import make_catalog
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.json_file import decode_json, encode_json

SYNONYMS_FILE = "synonyms.json"
MOST_TERMS = 10_000
"""Terms that the table holds at most."""
MOST_SYNONYMS = 50
"""Synonyms of one term at most."""

SYNONYMS_REMEDY = (
    f"Remove that one file ({SYNONYMS_FILE}) and give the synonyms again with catalog.synonyms.add(...): "
    "nothing else depends on it."
)

_FORMAT = 1
_LONGEST = 200
_SHOWN = 20
_RECENT_S = 10.0

Table = dict[str, tuple[str, ...]]


class Synonyms:
    """What else is searched for when somebody searches for a term: ``catalog.synonyms``.

    The table is kept in the catalog and shared by everybody who uses it. A change is written at once, under
    a lock, so that two writers lose nothing. Terms are compared without regard to case; a synonym works in
    one direction only, from the term to what it means.

    Iterating gives ``(term, synonyms)`` pairs, so ``dict(catalog.synonyms)`` is the whole table.

    Args:
        disk: Where the catalog lies.

    Examples:
        >>> import tempfile
        >>> from vidsearch_sdk.catalog import Catalog
        >>> synonyms = Catalog(tempfile.mkdtemp()).synonyms
        >>> synonyms.add("cop", "police officer", "policeman")
        >>> synonyms
        Synonyms of 1 term
          cop: police officer, policeman
        >>> synonyms.remove("cop", "policeman")
        >>> dict(synonyms)
        {'cop': ('police officer',)}
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._recent: tuple[float, Mapping[str, tuple[str, ...]]] | None = None

    def add(self, term: str, /, *synonyms: str) -> None:
        """Add synonyms of a term to those that it has.

        Args:
            term: A word or phrase that is searched for, up to 200 characters.
            *synonyms: What it means in other words, at least one.

        Raises:
            CatalogError: Nothing to add, a text that is none, or too many; nothing was changed.
            DamagedError: The stored table is not what was written.
            CatalogTooNew: It, or the catalog, was written by a newer version.
            StorageError: The disk refused; the table is as before.
        """
        name = _checked(term)
        if not synonyms:
            raise CatalogError(f'{name!r} needs at least one synonym: catalog.synonyms.add({name!r}, "...")')
        new = [_checked(synonym) for synonym in synonyms]
        for synonym in new:
            if synonym.casefold() == name.casefold():
                raise CatalogError(f"{name!r} cannot be a synonym of itself.")
        make_catalog(self._disk)
        with self._disk.lock(""):
            table = dict(self.read())
            name = _found(table, name) or name
            merged = {one.casefold(): one for one in table.get(name, ())}
            for synonym in new:
                merged.setdefault(synonym.casefold(), synonym)
            table[name] = tuple(merged.values())
            if len(table[name]) > MOST_SYNONYMS:
                raise CatalogError(
                    f"{name!r} would have {len(table[name])} synonyms; at most {MOST_SYNONYMS} are kept, and "
                    "a search tries the first few only."
                )
            if len(table) > MOST_TERMS:
                raise CatalogError(f"The table of synonyms is full: it holds {MOST_TERMS:,} terms.")
            self._write(table)

    def remove(self, term: str, /, *synonyms: str) -> None:
        """Remove a term, or only some of its synonyms; the last one takes the term with it.

        Args:
            term: A term of the table.
            *synonyms: Which of its synonyms; none for all.

        Raises:
            CatalogError: There is no such term or synonym; nothing was changed.
            DamagedError: The stored table is not what was written.
            CatalogTooNew: It, or the catalog, was written by a newer version.
            StorageError: The disk refused; the table is as before.
        """
        wanted, gone = _checked(term), [_checked(synonym) for synonym in synonyms]
        self._disk.check_writable()
        if wanted not in self:  # a catalog that was never written must not be made by this
            raise _unknown(wanted, [name for name, _ in self], "terms are")
        with self._disk.lock(""):
            table = dict(self.read())
            name = _found(table, wanted)
            if name is None:
                raise _unknown(wanted, table, "terms are")
            left = {one.casefold(): one for one in table[name]}
            for one in gone:
                if left.pop(one.casefold(), None) is None:
                    raise _unknown(one, table[name], f"{name!r} has the synonyms")
            if gone and left:
                table[name] = tuple(left.values())
            else:
                del table[name]
            self._write(table)

    def read(self) -> Mapping[str, tuple[str, ...]]:
        """Return the table as it is now: term to synonyms, in the order in which they were added.

        Raises:
            DamagedError: The stored table is not what was written.
            CatalogTooNew: It was written by a newer version.
            StorageError: The disk refused.
        """
        try:
            data = self._disk.read(SYNONYMS_FILE)
        except FileNotFoundError:
            return {}
        where = f"{SYNONYMS_FILE} in {self._disk.location}"
        found = _format_of(data)
        if found > _FORMAT:
            # Before the checksum, which a later format may compute in another way.
            raise CatalogTooNew(
                f"{where} has format {found}; this version of vidsearch_sdk knows up to {_FORMAT}. Update "
                "vidsearch_sdk, or search with synonyms=False."
            )
        content = decode_json(data, where, SYNONYMS_REMEDY).get("synonyms")
        if not isinstance(content, dict):
            raise DamagedError(f"{where} is damaged: it holds no synonyms. {SYNONYMS_REMEDY}")
        return {str(term): tuple(str(one) for one in synonyms) for term, synonyms in content.items()}

    def recent(self) -> Mapping[str, tuple[str, ...]]:
        """Return the table for a search: as it is now; from an object store, as it was seconds ago.

        What was changed through this object is seen at once.

        Raises:
            DamagedError: The stored table is not what was written.
            CatalogTooNew: It was written by a newer version.
            StorageError: The disk refused.
        """
        # A local file is read in less time than a query takes to encode; a request to a store is not.
        known = None if self._disk.is_local else self._recent
        if known is None or time.monotonic() - known[0] > _RECENT_S:
            known = time.monotonic(), self.read()
            self._recent = known
        return known[1]

    @property
    def table(self) -> pd.DataFrame:
        """One row per term and synonym: ``term``, ``synonym``."""
        rows = [(term, synonym) for term, synonyms in self for synonym in synonyms]
        return pd.DataFrame(rows, columns=["term", "synonym"], dtype="str")

    def __iter__(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        return iter(self.read().items())

    def __len__(self) -> int:
        return len(self.read())

    def __contains__(self, term: object) -> bool:
        return isinstance(term, str) and _found(self.read(), _spaced(term)) is not None

    def __getitem__(self, term: str) -> tuple[str, ...]:
        table = self.read()
        name = _found(table, _checked(term))
        if name is None:
            raise _unknown(term, table, "terms are")
        return table[name]

    def __repr__(self) -> str:
        table = self.read()
        lines = [f"Synonyms of {len(table)} term{'s' * (len(table) != 1)}"]
        lines += [f"  {term}: {', '.join(synonyms)}" for term, synonyms in [*table.items()][:_SHOWN]]
        if len(table) > _SHOWN:
            lines.append(f"  … and {len(table) - _SHOWN} more (see .table)")
        if not table:
            lines.append('  add some with catalog.synonyms.add("cop", "police officer", "policeman")')
        return "\n".join(lines)

    def _write(self, table: Table) -> None:
        self._disk.put(SYNONYMS_FILE, encode_json({"format": _FORMAT, "synonyms": table}))
        self._recent = None


def _format_of(data: bytes) -> int:
    try:
        value = json.loads(data)["format"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0
    return value if isinstance(value, int) else 0


def _found(table: Mapping[str, tuple[str, ...]], term: str) -> str | None:
    """Return a term as the table spells it."""
    if term in table:
        return term
    return next((name for name in table if name.casefold() == term.casefold()), None)


def _spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _checked(text: str) -> str:
    if not isinstance(text, str):
        raise CatalogError(f"A term or synonym is text, not {text!r} ({type(text).__name__}).")
    spaced = _spaced(text)
    if not any(letter.isalnum() for letter in spaced) or not spaced.isprintable():
        raise CatalogError(f"{text!r} cannot be a term or synonym: a word or phrase is needed.")
    if len(spaced) > _LONGEST:
        raise CatalogError(f"{spaced[:30]!r}… has {len(spaced)} characters; at most {_LONGEST} are kept.")
    return spaced


def _unknown(
    wanted: str, known: Mapping[str, object] | tuple[str, ...] | list[str], what: str
) -> CatalogError:
    names = list(known)
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5) or names[:5]
    listed = ", ".join(repr(name) for name in near) + (", …" if len(names) > len(near) else "")
    return CatalogError(f"{wanted!r} is not in the table of synonyms; {what} {listed or 'none'}.")
