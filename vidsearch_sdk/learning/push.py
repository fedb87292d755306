"""An encoder folder to the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

from vidsearch_sdk.encoding.words import WORDS_NAME
from vidsearch_sdk.errors import EncoderUnavailable


def check_repo_id(repo_id: str) -> None:
    """Refuse what cannot be the name of a repository, without asking the Hub.

    Args:
        repo_id: ``organization/name``.

    Raises:
        EncoderUnavailable: It is no such name.

    Examples:
        >>> check_repo_id("studio/films")
    """
    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise EncoderUnavailable(f"{repo_id} was not pushed: {_why(error)}") from error


def push_folder(
    folder: Path,
    repo_id: str,
    *,
    private: bool = True,
    token: str | None = None,
    message: str = "An encoder",
    words: bool = True,
) -> str:
    """Upload a folder as one commit of a model repository.

    Args:
        folder: All of its files go along, but for what ``words`` leaves out.
        repo_id: ``organization/name``; made if it does not exist.
        private: Whether a new repository is.
        token: With the right to write; None for the one that ``hf auth login`` stored.
        message: Of the commit.
        words: Whether ``words.txt`` goes along, the list of all words of the texts that were learned. What an
            earlier commit put there stays.

    Returns:
        The address of the repository.

    Raises:
        EncoderUnavailable: The Hub refuses or cannot be reached; says what to do. A commit is made whole or
            not at all, so nothing half-uploaded is seen.
    """
    try:
        client = HfApi(token=token)
        made = client.create_repo(repo_id, repo_type="model", private=private, exist_ok=True)
        client.upload_folder(
            folder_path=folder,
            repo_id=made.repo_id,
            repo_type="model",
            commit_message=message,
            ignore_patterns=None if words else [WORDS_NAME],
        )
        return f"{constants.ENDPOINT}/{made.repo_id}"
    except (OSError, ValueError, KeyError, RuntimeError, httpx2.HTTPError) as error:
        raise EncoderUnavailable(f"{repo_id} was not pushed: {_why(error)}") from error


def _why(error: Exception) -> str:
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    if isinstance(error, LocalTokenNotFoundError) or status == 401:
        return "the Hub does not know who you are; run `hf auth login`, or pass token="
    if isinstance(error, HFValidationError):
        return f"that is no name of a repository ({_first(error)}); write it 'organization/name'"
    if status == 403:
        return "your token may not write there; make one with the right to write, or choose another name"
    if isinstance(error, RepositoryNotFoundError) or status == 404:
        return "there is no such place, or you may not see it; check the organization's name"
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set; unset it"
    if status is not None:
        return f"the Hub answers with error {status}; try again later"
    if isinstance(error, httpx2.ConnectError | httpx2.TimeoutException):
        return f"the Hub ({constants.ENDPOINT}) cannot be reached; check the network and try again"
    return f"{_first(error)}; try again"


def _first(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
