"""Model files from the Hugging Face Hub: the few that are needed, pinned to one commit, or a clear error."""

from __future__ import annotations

import errno
import glob
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants, get_cached_repo_tree, snapshot_download
from huggingface_hub.errors import (
    CachedRepoTreeNotFoundError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from vidsearch_sdk.errors import EncoderError, EncoderNotFound, EncoderUnavailable

COPY_FOLDER = (
    "On a machine with a network, `hf download {repo} --local-dir FOLDER` fetches it; "
    "copy the folder here and pass its path."
)

_COMMIT = re.compile(r"[0-9a-f]{40}")
_LOG = logging.getLogger("vidsearch_sdk")


@dataclass(frozen=True)
class Snapshot:
    """Files of one commit of a repository, on this machine.

    Attributes:
        folder: Where they lie.
        files: Their names, relative to the folder.
        commit: 40 hexadecimal digits.
    """

    folder: Path
    files: tuple[str, ...]
    commit: str


def fetch(
    repo: str,
    choose: Callable[[Sequence[str]], Sequence[str]],
    *,
    revision: str | None = None,
    cache_dir: str | Path | None = None,
) -> Snapshot:
    """Download files of a repository, or take them from the cache.

    A full commit hash that is cached is used without asking the network. Otherwise the Hub is asked what the
    revision is now; where it cannot be reached or refuses, a complete cached copy serves, with a warning.

    Args:
        repo: ``organization/name``.
        choose: Given the names of all files of the repository, returns those that are needed; raises
            :class:`EncoderError` when they are not there.
        revision: Branch, tag or commit; None for the main branch.
        cache_dir: Where to keep downloads; None for the Hub client's own place.

    Raises:
        EncoderNotFound: No such repository, revision or file.
        EncoderUnavailable: Offline, cut off, refused, or no room to store it.
    """
    place = Path(cache_dir or constants.HF_HUB_CACHE).expanduser()
    if revision is not None and _COMMIT.fullmatch(revision):
        cached = _cached(repo, choose, revision, place)
        if cached is not None:
            return cached
    try:
        listing = HfApi().model_info(repo, revision=revision, timeout=30.0)
        names = tuple(choose([file.rfilename for file in listing.siblings or ()]))
        folder = Path(
            snapshot_download(
                repo,
                revision=revision,
                cache_dir=place,
                allow_patterns=[glob.escape(name) for name in names],
            )
        )
    except EncoderError:
        raise
    except (OSError, ValueError, RuntimeError, httpx2.HTTPError) as error:
        cached = _cached(repo, choose, revision, place)
        if cached is None:
            raise _explained(error, repo, revision) from error
        _LOG.warning("%s: using the cached copy of commit %s (%s)", repo, cached.commit[:12], _said(error))
        return cached
    return Snapshot(folder, names, folder.name)


def _cached(
    repo: str, choose: Callable[[Sequence[str]], Sequence[str]], revision: str | None, place: Path
) -> Snapshot | None:
    home = place / f"models--{repo.replace('/', '--')}"
    commit = revision or constants.DEFAULT_REVISION
    try:
        if not _COMMIT.fullmatch(commit):
            commit = (home / "refs" / commit).read_text().strip()
        folder = home / "snapshots" / commit
        present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        try:
            # The listing tells a cut-off download from a repository that never had a file.
            listed = [file.path for file in get_cached_repo_tree(repo, revision=commit, cache_dir=place)]
        except CachedRepoTreeNotFoundError:
            listed = sorted(present)
        names = tuple(choose(listed))
    except (OSError, ValueError, EncoderError):
        return None
    return Snapshot(folder, names, commit) if present.issuperset(names) else None


def _explained(error: Exception, repo: str, revision: str | None) -> EncoderError:
    copy = COPY_FOLDER.format(repo=repo)
    page = f"{constants.ENDPOINT}/{repo}"
    causes = _causes(error)

    def is_a(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if is_a(GatedRepoError):
        return EncoderUnavailable(
            f"{repo} is gated: its owners decide who may download it. Ask for access at {page}, "
            "then run `hf auth login`, then try again."
        )
    if is_a(RevisionNotFoundError):
        return EncoderNotFound(
            f"{repo} has no revision {revision!r}: give a branch, a tag or a commit listed at {page}/commits."
        )
    statuses = [cause.response.status_code for cause in causes if isinstance(cause, HfHubHTTPError)]
    # To those without a (valid) token the Hub does not tell a private repository from none at all.
    if is_a(RepositoryNotFoundError, HFValidationError) or statuses[:1] == [401]:
        return EncoderNotFound(
            f"there is no model repository {repo!r} on the Hub, or it is private: check the name; "
            "if it is private, run `hf auth login` first."
        )
    if is_a(EntryNotFoundError) and not is_a(OfflineModeIsEnabled, httpx2.HTTPError):
        return EncoderUnavailable(f"a file of {repo} vanished during the download; try again.")
    if is_a(OfflineModeIsEnabled):
        return EncoderUnavailable(
            f"{repo} is not (or not wholly) in the cache and HF_HUB_OFFLINE is set. Unset it, or: {copy}"
        )
    statuses = [cause.response.status_code for cause in causes if isinstance(cause, HfHubHTTPError)]
    if statuses and statuses[0] in (401, 403):
        return EncoderUnavailable(
            f"the Hub refuses {repo} ({statuses[0]}): run `hf auth login`, then try again."
        )
    if statuses:
        return EncoderUnavailable(
            f"the Hub answers with error {statuses[0]} for {repo}; try again later. {copy}"
        )
    if any(isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT) for cause in causes):
        return EncoderUnavailable(f"no room on the disk for {repo}: make some, or pass another cache_dir.")
    if is_a(PermissionError, NotADirectoryError, FileExistsError):
        return EncoderUnavailable(f"the cache cannot be written ({_said(error)}): pass another cache_dir.")
    if is_a(httpx2.ConnectError, httpx2.TimeoutException):
        return EncoderUnavailable(
            f"the Hub ({constants.ENDPOINT}) cannot be reached and {repo} is not (or not wholly) "
            f"in the cache. Check the network and try again. {copy}"
        )
    return EncoderUnavailable(
        f"the download of {repo} broke off ({_said(error)}). "
        f"Try again: files that arrived whole are kept. {copy}"
    )


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found


def _said(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
