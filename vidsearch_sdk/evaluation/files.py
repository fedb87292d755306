"""Tables as people keep them in files."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pandas as pd

from vidsearch_sdk.errors import QueryError, StorageError
from vidsearch_sdk.evaluation.judgment_rows import Named
from vidsearch_sdk.pages.markup import plain


def read_rows(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, Named]:
    """Read a table that people wrote, and give what names its rows.

    Args:
        path: Text in UTF-8 with a header, divided by commas, semicolons or tabs.

    Returns:
        The rows that are not empty, every cell as text (empty where nothing stands); and a function that
        names a row by its place from 0 as a spreadsheet counts it: from 1 with the header.

    Raises:
        QueryError: It is no table, or not in UTF-8.
        StorageError: It cannot be read.
    """
    file = Path(path).expanduser()
    name = plain(file.name, limit=80)
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            head = opened.readline()
        with warnings.catch_warnings():
            # A row longer than the header would otherwise lose its end.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                file,
                sep=max(",;\t", key=head.count),
                dtype=str,
                index_col=False,
                keep_default_na=False,
                skipinitialspace=True,
                skip_blank_lines=False,
                encoding="utf-8-sig",
            )
    except OSError as error:
        raise StorageError(f"{file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise QueryError(f"{name} is not text in UTF-8: save it as “CSV UTF-8” ({error.reason})") from error
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError) as error:
        raise QueryError(f"{name} is not a table: {plain(error)}") from error
    filled = (frame.fillna("") != "").any(axis=1)
    rows = [int(place) + 2 for place in frame.index[filled]]
    return frame[filled].reset_index(drop=True), lambda row: f"row {rows[int(str(row))]:,} of {name}"
