"""``catalog.json``: what makes a folder a catalog, and which version of the format it has."""

from __future__ import annotations

import json
import logging
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from vidsearch_sdk.errors import CatalogError
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.film import FORMAT
from vidsearch_sdk.store.json_file import decode_json, encode_json

CATALOG_FILE = "catalog.json"
REMEDY = "Remove that one file and open the catalog again: the films are kept, and it is written anew."

_OWN = {CATALOG_FILE, "synonyms.json", "films", "published", "feedback", "encoders", "quarantine"}
_SHARD = re.compile(r"[0-9a-f]{2}|\..*")
_log = logging.getLogger("vidsearch_sdk")


def check_catalog(disk: Disk) -> bool:
    """Look whether there is a catalog, without writing anything.

    A catalog of a newer format may be read as far as it can be; ``disk`` then refuses every write.

    Returns:
        Whether it exists; False for an empty or missing folder, in which one can be made.

    Raises:
        CatalogError: The place is a file, or a folder with other things in it.
        DamagedError: ``catalog.json`` is not what was written.
        StorageError: The disk refused.
    """
    if disk.is_local and (place := Path(disk.location)).exists() and not place.is_dir():
        raise CatalogError(f"{disk.location} is a file; a catalog is a folder. Give another location.")
    try:
        data = disk.read(CATALOG_FILE)
    except FileNotFoundError:
        _check_free(disk)
        return False
    found = _version(data)
    if found > FORMAT:
        # Before the checksum, which a later format may compute in another way.
        disk.refuse_writes(
            f"The catalog {disk.location} has format {found}; this version of vidsearch_sdk knows up to "
            f"{FORMAT} and only reads it. Update vidsearch_sdk to write to it. (If no newer version was ever "
            f"used here, {CATALOG_FILE} is damaged: {REMEDY[0].lower()}{REMEDY[1:]})"
        )
        return True
    decode_json(data, f"{CATALOG_FILE} in {disk.location}", REMEDY)
    return True


def make_catalog(disk: Disk) -> None:
    """Write ``catalog.json`` unless it is there.

    Raises:
        CatalogError: The place holds other things.
        CatalogTooNew: The catalog is of a newer format.
        StorageError: The disk refused.
    """
    disk.check_writable()
    if check_catalog(disk):
        return
    with disk.lock(""):
        if check_catalog(disk):
            return
        if "films" in disk.names(""):
            _log.warning("%s in %s was missing; it is written anew.", CATALOG_FILE, disk.location)
        content = {
            "format": FORMAT,
            "id": secrets.token_hex(8),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        disk.put(CATALOG_FILE, encode_json(content))


def _version(data: bytes) -> int:
    try:
        value = json.loads(data)["format"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0
    return value if isinstance(value, int) else 0


def _check_free(disk: Disk) -> None:
    # Files beginning with a dot are what systems leave in any folder, and what a killed writer of ours
    # leaves.
    others = [name for name in disk.names("") if name not in _OWN and not name.startswith(".")]
    others += [f"films/{name}" for name in disk.names("films") if not _SHARD.fullmatch(name)]
    if others:
        named = ", ".join(repr(name) for name in others[:3]) + (", …" if len(others) > 3 else "")
        raise CatalogError(
            f"{disk.location} is not a catalog, and holds other things ({named}); nothing is written there. "
            f"Give a folder of its own, such as {disk.location}/catalog; films are taken from anywhere with "
            "catalog.add(...)."
        )
