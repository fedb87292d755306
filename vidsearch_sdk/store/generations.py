"""Published searches: immutable folders, and the one file that says which of them serves."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import xxhash

from vidsearch_sdk.errors import CatalogError, CatalogTooNew, DamagedError, SearchIndexError
from vidsearch_sdk.store.disk import Disk
from vidsearch_sdk.store.embeddings import check_fingerprint
from vidsearch_sdk.store.film import FORMAT
from vidsearch_sdk.store.json_file import decode_json, encode_json

BUILD_AGAIN = "Make a new one with ShotIndex.build(catalog, encoder)."
CURRENT = "published/CURRENT"

Serve = Literal["always", "own", "never"]
"""When a new generation is to serve: always, only where its own encoder serves already or nothing does, or
not before it is told to."""

_MOST_SWAPS = 20
_NAME = re.compile(r"[0-9]{6,12}-[0-9a-f]{6}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_BLOCK = 1 << 22


@dataclass(frozen=True)
class Generation:
    """One published search.

    Attributes:
        fingerprint: The encoder, 16 hex digits.
        name: The folder's name: a number that grows, and six random digits.
        manifest: What was given to :meth:`Generations.publish`, and ``files``: name -> bytes, sha256, xxh3.
    """

    fingerprint: str
    name: str
    manifest: Mapping[str, Any] = field(repr=False)
    _disk: Disk = field(repr=False, compare=False)
    _checked: dict[str, Path] = field(default_factory=dict, repr=False, compare=False)
    _guard: Any = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def folder(self) -> str:
        """The generation's folder within the catalog."""
        return f"published/{self.fingerprint}/{self.name}"

    @property
    def number(self) -> int:
        """Counts the generations of one encoder; the newest has the highest."""
        return int(self.name.partition("-")[0])

    @property
    def covers(self) -> Mapping[str, str]:
        """The runs that are in it: video_id -> run."""
        return dict(self.manifest.get("covers", {}))

    def local(self, name: str) -> Path:
        """Return a local path of one of the files, to be mapped or read, never written.

        Size and XXH3 are compared the first time, before anything else may touch the file: a changed bit in
        an index would crash the search.

        Raises:
            DamagedError: The file is missing or is not what was written.
            CatalogError: The generation has no such file.
        """
        with self._guard:
            if name not in self._checked:
                self._checked[name] = self._fetch(name)
            return self._checked[name]

    def _known(self, name: str) -> str:
        if name not in self.manifest["files"]:
            raise CatalogError(
                f"{self.folder} has no file {name!r}; it has {', '.join(self.manifest['files'])}."
            )
        return name

    def _fetch(self, name: str) -> Path:
        stored = f"{self.folder}/{self._known(name)}"
        problem = ""
        for fresh in (False, True):  # of an object store there is a copy, and that may be what was damaged
            try:
                path = self._disk.local(stored, fresh=fresh)
            except FileNotFoundError:
                raise DamagedError(f"{stored} is missing. {BUILD_AGAIN}") from None
            problem = self._problem(name, path)
            if not problem:
                return path
        raise DamagedError(problem)

    def _problem(self, name: str, path: Path) -> str:
        expected = self.manifest["files"][name]
        stored = f"{self.folder}/{name}"
        digest, size = xxhash.xxh3_128(), 0
        try:
            with path.open("rb", buffering=0) as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    size += len(block)
        except FileNotFoundError:
            return f"{stored} is missing. {BUILD_AGAIN}"
        except OSError as error:
            return f"{stored} cannot be read: {error.strerror}. {BUILD_AGAIN}"
        if size != expected["bytes"]:
            return f"{stored} is damaged: {size} bytes instead of {expected['bytes']}. {BUILD_AGAIN}"
        if digest.hexdigest() != expected["xxh3"]:
            return f"{stored} is damaged: its content is not what was written. {BUILD_AGAIN}"
        return ""


class Generations:
    """The published searches of a catalog.

    Args:
        disk: Where the catalog lies.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def __repr__(self) -> str:
        return f"Generations({self._disk!r})"

    def publish(
        self,
        fingerprint: str,
        files: Mapping[str, bytes | Path],
        manifest: Mapping[str, Any],
        *,
        serve: Serve = "always",
    ) -> Generation:
        """Store a generation and let it serve; when this returns it survives a kill and a loss of power.

        Files first, then the manifest, then ``CURRENT``: whoever reads sees the old generation or all of the
        new one.

        Args:
            fingerprint: The encoder, 16 hex digits.
            files: Content by file name; a Path is copied.
            manifest: JSON values; must hold ``covers`` (video_id -> run).
            serve: Whether it serves from now on.

        Raises:
            CatalogError: A file name that is not plain, or a manifest that is not JSON.
            StorageError: The disk refused; what served before still serves.
        """
        check_fingerprint(fingerprint)
        if not isinstance(manifest.get("covers"), Mapping):
            raise CatalogError(
                "The manifest of a generation must hold 'covers': the run of every film that is in it."
            )
        for name in files:
            if not _FILE.fullmatch(name) or name == "manifest.json":
                raise CatalogError(f"{name!r} cannot be the name of a published file.")
        number = max((int(name.partition("-")[0]) for name in self._names(fingerprint)), default=0) + 1
        name = f"{number:06d}-{secrets.token_hex(3)}"
        folder = f"published/{fingerprint}/{name}"
        content = {**manifest, "format": FORMAT, "fingerprint": fingerprint, "generation": name}
        try:
            encode_json(content)
        except (TypeError, ValueError) as error:
            raise CatalogError(f"The manifest of a generation holds what JSON cannot: {error}") from error
        content["files"] = {file: self._store(f"{folder}/{file}", data) for file, data in files.items()}
        if files:
            self._disk.sync(folder)
        self._disk.put(f"{folder}/manifest.json", encode_json(content))
        generation = self._read(fingerprint, name)
        self.let_serve(generation, serve)
        return generation

    def current(self) -> Generation | None:
        """Return the generation that serves, or None where nothing was published.

        Raises:
            DamagedError: ``CURRENT`` or the manifest that it names is not what was written.
        """
        try:
            content = decode_json(self._disk.read(CURRENT), CURRENT, BUILD_AGAIN)
        except FileNotFoundError:
            return None
        return self._read(content["fingerprint"], content["generation"])

    def latest(self, fingerprint: str) -> Generation | None:
        """Return an encoder's newest generation, or None where it has none.

        Raises:
            DamagedError: Its manifest is not what was written.
        """
        names = self._names(check_fingerprint(fingerprint))
        return self._read(fingerprint, names[-1]) if names else None

    def names(self, fingerprint: str) -> tuple[str, ...]:
        """Return the names of an encoder's generations, oldest first."""
        return tuple(self._names(check_fingerprint(fingerprint)))

    def fingerprints(self) -> tuple[str, ...]:
        """Return the encoders that have a folder of generations, sorted."""
        return tuple(name for name in self._disk.names("published") if re.fullmatch("[0-9a-f]{16}", name))

    def get(self, fingerprint: str, name: str) -> Generation:
        """Return one generation.

        Raises:
            DamagedError: Its manifest is missing or is not what was written.
        """
        return self._read(check_fingerprint(fingerprint), name)

    def make_current(self, generation: Generation, *, instead_of: Generation | None = None) -> None:
        """Let a generation serve; undoing a swap is the same single write.

        Where it is of another encoder or pooling than what served before, that is kept in mind for
        :meth:`undo`.

        Args:
            generation: What is to serve.
            instead_of: What must serve until now: that generation, or another one of its encoder and pooling.

        Raises:
            DamagedError: The generation is not there any more.
            SearchIndexError: Another encoder serves than that of ``instead_of``; nothing was changed.
            StorageError: The disk refused; what served before still serves.
        """
        self._read(generation.fingerprint, generation.name)
        with self._disk.lock(""):
            serving, swapped = self._serving()
            if instead_of is not None and (serving is None or not same_kind(serving, instead_of)):
                now = "nothing" if serving is None else serving.folder
                raise SearchIndexError(
                    f"{instead_of.folder} does not serve any more, but {now}: somebody swapped meanwhile. "
                    "Nothing was changed; open what serves now with ShotIndex.open(catalog) and try again."
                )
            if serving is not None and not same_kind(serving, generation):
                swapped = [*swapped, {"fingerprint": serving.fingerprint, "generation": serving.name}]
            self._put(generation, swapped)

    def let_serve(self, generation: Generation, serve: Serve) -> None:
        """Let a generation serve at once, only in the place of one of its own encoder, or not at all.

        Raises:
            StorageError: The disk refused; what served before still serves.
        """
        if serve == "never":
            return
        if serve == "own":
            serving, _ = self._serving()
            if serving is not None and not same_kind(serving, generation):
                return
            # Between the two looks somebody may have swapped: then that stays.
            try:
                self.make_current(generation, instead_of=serving)
            except SearchIndexError:
                return
        else:
            self.make_current(generation)

    @property
    def replaced(self) -> tuple[tuple[str, str], ...]:
        """Fingerprint and name of what swaps replaced, the last one last; :meth:`undo` brings it back."""
        return tuple((one["fingerprint"], one["generation"]) for one in self._serving()[1])

    def undo(self, *, of: Generation | None = None, back: Generation | None = None) -> Generation:
        """Let that serve again which the last swap of encoders replaced: one write, as the swap itself.

        Where its encoder has published a newer generation since, that one serves.

        Args:
            of: The swap that is meant, by what it let serve; any where none is given.
            back: The same, by what it replaced: the encoder and pooling that are to serve again.

        Returns:
            What serves now.

        Raises:
            SearchIndexError: There is no swap to undo, another one came after that of ``of``, or what it
                replaced has been collected; nothing was changed.
            DamagedError: ``CURRENT`` is not what was written.
            StorageError: The disk refused; nothing was changed.
        """
        self.current()  # damage is said, and not taken for nothing to undo
        with self._disk.lock(""):
            serving, swapped = self._serving()
            if of is not None and (serving is None or not same_kind(serving, of)):
                now = "nothing" if serving is None else serving.folder
                raise SearchIndexError(
                    f"{of.folder} does not serve any more, but {now}; catalog.undo_swap() takes back "
                    "whatever was swapped last"
                )
            if not swapped:
                raise SearchIndexError(
                    "there is no swap to undo: nothing served here before the encoder that serves now"
                )
            last = swapped[-1]
            found = self._again(last["fingerprint"], last["generation"])
            if back is not None and not same_kind(found, back):
                raise SearchIndexError(
                    f"what the last swap replaced is {found.folder}, and not {back.folder}: another swap "
                    "came after the one that is meant; catalog.undo_swap() takes back whatever was swapped "
                    "last"
                )
            self._put(found, swapped[:-1])
            return found

    def _again(self, fingerprint: str, name: str) -> Generation:
        """The newest generation of the kind of one that served."""
        names = self._names(fingerprint)
        if name not in names:
            raise SearchIndexError(
                f"what served before, {fingerprint}/{name}, has been collected: "
                "ShotIndex.build(catalog, its encoder) makes it again from the stored vectors"
            )
        before = self._read(fingerprint, name)
        for newer in reversed(names[names.index(name) + 1 :]):
            try:
                found = self._read(fingerprint, newer)
            except CatalogError:
                continue
            if same_kind(found, before):
                return found
        return before

    def _serving(self) -> tuple[Generation | None, list[dict[str, str]]]:
        """What serves and what was swapped; where that cannot be read, it is as if there were nothing."""
        try:
            content = decode_json(self._disk.read(CURRENT), CURRENT, BUILD_AGAIN)
        except (FileNotFoundError, DamagedError):
            return None, []
        swapped = [dict(one) for one in content.get("replaced", ())]
        try:
            return self._read(content["fingerprint"], content["generation"]), swapped
        except DamagedError:
            return None, swapped

    def _put(self, generation: Generation, swapped: list[dict[str, str]]) -> None:
        content = {
            "format": FORMAT,
            "fingerprint": generation.fingerprint,
            "generation": generation.name,
            "replaced": swapped[-_MOST_SWAPS:],
        }
        self._disk.put(CURRENT, encode_json(content))

    def _names(self, fingerprint: str) -> list[str]:
        folder = f"published/{fingerprint}"
        names = [name for name in self._disk.names(folder) if _NAME.fullmatch(name)]
        names = [name for name in names if self._disk.size(f"{folder}/{name}/manifest.json") is not None]
        return sorted(names, key=lambda name: (int(name.partition("-")[0]), name))

    def _store(self, name: str, data: bytes | Path) -> dict[str, Any]:
        with self._disk.create(name) as out:
            if isinstance(data, Path):
                with data.open("rb", buffering=0) as file:
                    while block := file.read(_BLOCK):
                        out.write(block)
            else:
                out.write(data)
        return {"bytes": out.bytes, "sha256": out.sha256, "xxh3": out.xxh3}

    def _read(self, fingerprint: str, name: str) -> Generation:
        check_fingerprint(fingerprint)
        if not _NAME.fullmatch(name):
            raise CatalogError(f"{name!r} is not the name of a generation.")
        path = f"published/{fingerprint}/{name}/manifest.json"
        try:
            data = self._disk.read(path)
        except FileNotFoundError as error:
            raise DamagedError(f"{path} is missing. {BUILD_AGAIN}") from error
        content = decode_json(data, path, BUILD_AGAIN)
        if content["format"] > FORMAT:
            raise CatalogTooNew(f"{path} has format {content['format']}; this version reads up to {FORMAT}.")
        if (content["fingerprint"], content["generation"]) != (fingerprint, name):
            raise DamagedError(f"{path} belongs to another generation. {BUILD_AGAIN}")
        for file in content["files"]:
            if not _FILE.fullmatch(file):
                raise DamagedError(f"{path} names {file!r}, which cannot be one of its files. {BUILD_AGAIN}")
        return Generation(fingerprint, name, content, self._disk)


def same_kind(one: Generation, other: Generation) -> bool:
    """Whether two generations answer with the same vectors, of fewer or more films."""
    return (one.fingerprint, _pooling(one)) == (other.fingerprint, _pooling(other))


def _pooling(generation: Generation) -> dict[str, Any]:
    return {name: value for name, value in generation.manifest.items() if name.startswith("pooling")}
