"""``vidsearch evaluate`` and ``vidsearch compare``: measuring a search, and holding it against another."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.cli.conditions import filters
from vidsearch_sdk.cli.output import print_json, say, tell
from vidsearch_sdk.errors import CatalogError, StorageError

if TYPE_CHECKING:
    from vidsearch_sdk.evaluation.comparison import Comparison
    from vidsearch_sdk.evaluation.gate import Verdict
    from vidsearch_sdk.evaluation.judgments import Judgments
    from vidsearch_sdk.evaluation.report import Report
    from vidsearch_sdk.shot_index import ShotIndex

DONE, FAILED = 0, 1
TOLERANCE = 0.01

_EVALUATE = """\
JUDGMENTS is a CSV file with a header: query; shot_id, or video, start_s and end_s; and as you like
grade and group. With --captions its columns are video, start_s, end_s and text.

examples:
  vidsearch evaluate films judgments.csv --save report.json
  vidsearch evaluate films judgments.csv --baseline released.json --html report.html
"""


def add_commands(
    command: Callable[..., argparse.ArgumentParser],
    *,
    encoder_options: Callable[[argparse.ArgumentParser], None],
    encoder_help: str,
    where_help: str,
) -> None:
    """Describe both commands."""
    evaluate = command("evaluate", "measure how well searches find what people judged right", more=_EVALUATE)
    evaluate.add_argument(
        "judgments",
        metavar="JUDGMENTS",
        nargs="?",
        type=Path,
        help="a CSV file (default: what the catalog keeps)",
    )
    evaluate.add_argument(
        "--captions",
        action="store_true",
        help="JUDGMENTS are captions: what is said of a span should find it",
    )
    evaluate.add_argument(
        "-k",
        "--k",
        type=_places,
        metavar="N,N",
        default=(1, 5, 10),
        help="places at which to measure (default: 1,5,10)",
    )
    evaluate.add_argument(
        "--least",
        type=float,
        metavar="GRADE",
        default=1.0,
        help="grade from which a shot is right (default: 1)",
    )
    evaluate.add_argument("--where", metavar="COLUMN=VALUE", action="append", default=[], help=where_help)
    evaluate.add_argument(
        "--no-rerank", dest="rerank", action="store_false", help="measure the first look alone"
    )
    evaluate.add_argument("--save", metavar="FILE", type=Path, help="also write the report as .json")
    evaluate.add_argument("--html", metavar="FILE", type=Path, help="also write the report as a page")
    evaluate.add_argument(
        "--baseline",
        metavar="FILE",
        type=Path,
        help="a saved report; exit with 1 where a metric fell, over all queries or in any group",
    )
    _gate_options(evaluate, TOLERANCE)
    evaluate.add_argument("--encoder", metavar="NAME", help=encoder_help)
    encoder_options(evaluate)

    compare = command("compare", "hold two saved reports against each other", catalog=False)
    compare.add_argument("a", metavar="A", type=Path, help="a saved report")
    compare.add_argument("b", metavar="B", type=Path, help="another one; differences are B minus A")
    compare.add_argument("--html", metavar="FILE", type=Path, help="also write the comparison as a page")
    compare.add_argument(
        "--catalog",
        metavar="CATALOG",
        help="where the pictures of --html come from (default: where the reports were made)",
    )
    _gate_options(compare, None)


def _gate_options(parser: argparse.ArgumentParser, default: float | None) -> None:
    said = "of --baseline: by how much (default: 0.01)" if default else "exit with 1 where B is worse by more"
    parser.add_argument("--metric", metavar="NAME", help="what is compared, as mrr@10 (default: nDCG)")
    parser.add_argument("--tolerance", type=float, metavar="SHARE", default=default, help=said)


def evaluate(given: argparse.Namespace, *, opened: Callable[[], ShotIndex], progress: bool) -> int:
    """Measure, write what was asked for, and hold it against the baseline."""
    from vidsearch_sdk.evaluation import evaluate as measuring
    from vidsearch_sdk.evaluation.gate import gate
    from vidsearch_sdk.evaluation.report import Report

    # What can be wrong without an encoder comes first: it may be large.
    judgments = _judgments(given)
    baseline = Report.load(given.baseline) if given.baseline else None
    index = opened()
    options: dict[str, Any] = {} if given.rerank else {"rerank": False}
    report = measuring.evaluate(
        index,
        judgments,
        k=given.k,
        least=given.least,
        where=filters(given.where, index.table) if given.where else None,
        progress=progress,
        **options,
    )
    written = _written(report, given)
    verdict = None
    if baseline is not None:
        metric = given.metric or baseline.main_metric
        verdict = gate(report, baseline, metric=metric, tolerance=given.tolerance, strict=False)
    if given.json:
        empty, absent = report.nothing
        print_json(
            {
                "facts": report.facts,
                "table": report.table.to_dict("records"),
                "intervals": report.intervals.to_dict("records"),
                "nothing": {"queries": absent, "returned_nothing": empty},
                "notes": report.notes,
                **_gate_json(verdict),
                **{name: str(path) for name, path in written.items()},
            }
        )
    else:
        say(repr(report))
        for name, path in written.items():
            tell(f"{name}: {path}")
    return _ended(verdict, given)


def compare(given: argparse.Namespace) -> int:
    """Hold two reports against each other."""
    from vidsearch_sdk.evaluation import compare as comparing
    from vidsearch_sdk.evaluation.gate import gate
    from vidsearch_sdk.evaluation.report import Report

    a, b = Report.load(given.a), Report.load(given.b)
    comparison = comparing.compare(a, b, metric=given.metric)
    verdict = None
    if given.tolerance is not None:
        verdict = gate(b, a, metric=comparison.metric, tolerance=given.tolerance, strict=False)
    written = {}
    if given.html:
        _with_pictures(comparison, given)
        written["html"] = comparison.save_html(given.html).absolute()
    if given.json:
        print_json(
            {
                "verdict": comparison.verdict,
                "better": comparison.better,
                "metric": comparison.metric,
                "table": comparison.table.to_dict("records"),
                "queries": comparison.queries.to_dict("records"),
                "notes": comparison.notes,
                **_gate_json(verdict),
                **{name: str(path) for name, path in written.items()},
            }
        )
    else:
        say(repr(comparison))
        for name, path in written.items():
            tell(f"{name}: {path}")
    return _ended(verdict, given)


def _judgments(given: argparse.Namespace) -> Judgments:
    from vidsearch_sdk.catalog import Catalog
    from vidsearch_sdk.evaluation.judgments import Judgments

    if given.judgments is not None:
        read = Judgments.from_captions if given.captions else Judgments.read_csv
        return read(given.judgments)
    kept = Catalog(given.catalog).judgments.read()
    if not len(kept):
        raise CatalogError(
            f"{given.catalog} keeps no judgments; give a file of them: vidsearch evaluate {given.catalog} "
            "judgments.csv"
        )
    return Judgments.from_frame(kept)


def _written(report: Report, given: argparse.Namespace) -> dict[str, Path]:
    written = {}
    if given.save:
        written["report"] = report.save(given.save).absolute()
    if given.html:
        written["html"] = report.save_html(given.html).absolute()
    return written


def _with_pictures(comparison: Comparison, given: argparse.Namespace) -> None:
    from vidsearch_sdk.catalog import Catalog

    for report in (comparison.a, comparison.b):
        place = given.catalog or report.facts.get("catalog")
        if not place:
            continue
        try:
            catalog = Catalog(place)
            if catalog.exists:
                report.catalog = catalog
                continue
        except (CatalogError, StorageError):
            if given.catalog:
                raise
        if given.catalog:
            raise CatalogError(f"there is no catalog at {place}")


def _gate_json(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {}
    return {
        "gate": {
            "passed": verdict.passed,
            "text": verdict.text,
            "groups": verdict.table.to_dict("records"),
        }
    }


def _ended(verdict: Verdict | None, given: argparse.Namespace) -> int:
    if verdict is None:
        return DONE
    if not given.json:
        (say if verdict else tell)(str(verdict))
    return DONE if verdict else FAILED


def _places(text: str) -> tuple[int, ...]:
    try:
        places = tuple(int(one) for one in text.split(","))
    except ValueError:
        places = ()
    if not places or not all(1 <= place <= 1000 for place in places):
        raise argparse.ArgumentTypeError(f"{text} is not a row of numbers from 1 to 1,000, as 1,5,10")
    return places
