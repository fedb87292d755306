"""Find any shot in a catalog of films by typing words, showing a picture or showing a shot.

Names are loaded when they are first used: a Dask worker that only cuts films must not pay for torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog
    from vidsearch_sdk.encoding.encoder import Encoder
    from vidsearch_sdk.errors import (
        CatalogBusy,
        CatalogError,
        CatalogTooNew,
        DamagedError,
        DecodeError,
        EncoderError,
        EncoderMismatch,
        EncoderNotFound,
        EncoderUnavailable,
        ExecutorError,
        QueryError,
        RegressionError,
        SearchIndexError,
        StorageError,
        UnknownColumn,
        VideoError,
        VideoNotFound,
        VideoRejected,
        VidsearchError,
    )
    from vidsearch_sdk.evaluation.compare import compare
    from vidsearch_sdk.evaluation.evaluate import evaluate
    from vidsearch_sdk.evaluation.gate import gate
    from vidsearch_sdk.evaluation.judgments import Judgments
    from vidsearch_sdk.evaluation.report import Report
    from vidsearch_sdk.explorer.explorer import Explorer, explore
    from vidsearch_sdk.index.filters import Contains, Not
    from vidsearch_sdk.learning.finetune import finetune
    from vidsearch_sdk.learning.finetuned import FineTuned
    from vidsearch_sdk.learning.pairs import Pairs
    from vidsearch_sdk.learning.swap import swap
    from vidsearch_sdk.query.algebra.operators import Expression
    from vidsearch_sdk.query.algebra.terms import clip, concept, image, says, shot, text
    from vidsearch_sdk.query.algebra.written import parse
    from vidsearch_sdk.results.hit import Hit
    from vidsearch_sdk.results.search_results import SearchResults
    from vidsearch_sdk.results.tray import Tray
    from vidsearch_sdk.shot_index import ShotIndex

_HOMES = {
    "Catalog": "catalog",
    "Contains": "index.filters",
    "Encoder": "encoding.encoder",
    "Explorer": "explorer.explorer",
    "Expression": "query.algebra.operators",
    "FineTuned": "learning.finetuned",
    "Hit": "results.hit",
    "Judgments": "evaluation.judgments",
    "Not": "index.filters",
    "Pairs": "learning.pairs",
    "Report": "evaluation.report",
    "SearchResults": "results.search_results",
    "ShotIndex": "shot_index",
    "Tray": "results.tray",
    "clip": "query.algebra.terms",
    "compare": "evaluation.compare",
    "concept": "query.algebra.terms",
    "evaluate": "evaluation.evaluate",
    "explore": "explorer.explorer",
    "finetune": "learning.finetune",
    "gate": "evaluation.gate",
    "image": "query.algebra.terms",
    "parse": "query.algebra.written",
    "says": "query.algebra.terms",
    "shot": "query.algebra.terms",
    "swap": "learning.swap",
    "text": "query.algebra.terms",
}

__all__ = [
    "Catalog",
    "CatalogBusy",
    "CatalogError",
    "CatalogTooNew",
    "Contains",
    "DamagedError",
    "DecodeError",
    "Encoder",
    "EncoderError",
    "EncoderMismatch",
    "EncoderNotFound",
    "EncoderUnavailable",
    "ExecutorError",
    "Explorer",
    "Expression",
    "FineTuned",
    "Hit",
    "Judgments",
    "Not",
    "Pairs",
    "QueryError",
    "RegressionError",
    "Report",
    "SearchIndexError",
    "SearchResults",
    "ShotIndex",
    "StorageError",
    "Tray",
    "UnknownColumn",
    "VideoError",
    "VideoNotFound",
    "VideoRejected",
    "VidsearchError",
    "clip",
    "compare",
    "concept",
    "evaluate",
    "explore",
    "finetune",
    "gate",
    "image",
    "parse",
    "says",
    "shot",
    "swap",
    "text",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
