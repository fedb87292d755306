"""The commands themselves: each calls the package, prints what came of it and gives an exit code."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.cli.arguments import DEFAULT_ENCODER, DONE, WANTING
from vidsearch_sdk.cli.conditions import filters, own_columns
from vidsearch_sdk.cli.files import check_files, write_files
from vidsearch_sdk.cli.output import aligned, print_json, say, tell
from vidsearch_sdk.errors import CatalogError, SearchIndexError

if TYPE_CHECKING:
    import pandas as pd

    from vidsearch_sdk.encoding.encoder import Encoder
    from vidsearch_sdk.shot_index import ShotIndex


def demo(given: argparse.Namespace) -> int:
    """Search the sample film and write the page."""
    from vidsearch_sdk.sample.demo import NEXT_STEPS, make_demo

    made = make_demo(given.out, progress=_progress(), tell=tell)
    if given.json:
        print_json(dataclasses.asdict(made))
        return DONE
    say(f"\n{made.summary}\nOpen it: {made.page}")
    for sentence, code in NEXT_STEPS:
        say(f"\n{sentence}\n" + "\n".join(f"  {line}" for line in code.splitlines()))
    return DONE


def add(given: argparse.Namespace) -> int:
    """Take films in."""
    columns = own_columns(given.column)
    films = Catalog(given.catalog).add(given.films, **columns)
    return _films(films, given, ["outcome", "name", "video_id", "error"], good=films["outcome"] != "rejected")


def segment(given: argparse.Namespace) -> int:
    """Find shots."""
    films = _catalog(given).segment(progress=_progress(), retry=given.retry)
    if not len(films) and not given.json:
        say("every film is segmented already")
        return DONE
    columns = [name for name in ("status", "shots", "name", "video_id", "error") if name in films.columns]
    return _films(films, given, columns, good=films["status"].isin(["ok", "partial"]))


def index(given: argparse.Namespace) -> int:
    """Make shots searchable."""
    from vidsearch_sdk.shot_index import ShotIndex

    catalog = _catalog(given)
    built = ShotIndex.build(catalog, _encoder(given, {}), progress=_progress())
    if given.json:
        print_json({"shots": len(built), "encoder": given.encoder})
    else:
        say(f"{len(built):,} shots can be searched with {given.encoder}")
    return DONE


def search(given: argparse.Namespace) -> int:
    """Find shots."""
    query = _query(given)
    check_files(given)
    opened = _opened(given)
    where = filters(given.where, opened.table) if given.where else None
    hits = opened.search(
        query,
        k=given.k,
        where=where,
        min_score=given.min_score,
        spelling=given.spelling,
        synonyms=given.synonyms,
        fold=given.fold,
        per_film=given.per_film,
        rerank=given.rerank,
    )
    files: dict[str, str] = {}
    # Whatever becomes of the files, what was found is told, and which of them are there.
    if not given.json:
        say(hits.text(rows=given.k))
    try:
        for kind, path in write_files(hits, given, progress=_progress()):
            files[kind] = str(path)
            if not given.json:
                tell(f"pictures: {path.as_uri()}" if kind == "html" else f"{kind}: {path}")
    finally:
        if given.json:
            print_json(
                {
                    "query": hits.query,
                    "elapsed_s": hits.elapsed_s,
                    "timing": hits.timing,
                    "notes": hits.notes,
                    "corrections": hits.corrections,
                    "expansions": hits.expansions,
                    "hits": hits.table.to_dict("records"),
                    **files,
                }
            )
    return DONE if len(hits) else WANTING


def evaluate(given: argparse.Namespace) -> int:
    """Measure the search of a catalog."""
    from vidsearch_sdk.cli import measuring

    _catalog(given)
    return measuring.evaluate(given, opened=lambda: _opened(given), progress=_progress())


def compare(given: argparse.Namespace) -> int:
    """Hold two reports against each other."""
    from vidsearch_sdk.cli import measuring

    return measuring.compare(given)


def finetune(given: argparse.Namespace) -> int:
    """Teach an encoder what is said of the catalog's shots."""
    from vidsearch_sdk.cli import teaching

    catalog = _catalog(given)

    def encoder() -> Encoder:
        serving = None if given.encoder else catalog.generations.current()
        if serving is None and not given.encoder:
            place = given.catalog
            raise SearchIndexError(
                f"nothing is indexed in {place} yet; name the encoder to start from: --encoder "
                f"{DEFAULT_ENCODER}"
            )
        return _encoder(given, serving.manifest["encoder"] if serving else {})

    return teaching.finetune(given, catalog=catalog, encoder=encoder, progress=_progress())


def status(given: argparse.Namespace) -> int:
    """Say what a catalog holds."""
    held = _catalog(given).status()
    if given.json:
        print_json(dataclasses.asdict(held))
    else:
        say(repr(held))
    return DONE


def verify(given: argparse.Namespace) -> int:
    """Check every stored file."""
    problems = _catalog(given).verify(progress=_progress())
    if given.json:
        print_json({"problems": problems.to_dict("records")})
    elif len(problems):
        say(aligned(problems.itertuples(index=False), list(problems.columns), limit=200))
    else:
        say("every stored file is as it was written")
    return WANTING if len(problems) else DONE


def _films(
    films: pd.DataFrame, given: argparse.Namespace, columns: list[str], *, good: pd.Series[bool]
) -> int:
    if given.json:
        print_json({"films": films.to_dict("records")})
    else:
        say(aligned(films[columns].itertuples(index=False), columns))
    return DONE if bool(good.all()) else WANTING


def _catalog(given: argparse.Namespace) -> Catalog:
    catalog = Catalog(given.catalog)
    if not catalog.exists:
        place = given.catalog
        raise CatalogError(f"there is no catalog at {place}; make one: vidsearch add {place} FILM")
    return catalog


def _encoder(given: argparse.Namespace, serving: Mapping[str, Any]) -> Encoder:
    from vidsearch_sdk.encoding.encoder import Encoder

    return Encoder(
        given.encoder or serving["name"],
        pretrained=given.pretrained or serving.get("pretrained") or None,
        revision=given.revision or serving.get("revision") or None,
        device=given.device,
    )


def _opened(given: argparse.Namespace) -> ShotIndex:
    from vidsearch_sdk.shot_index import ShotIndex

    catalog = _catalog(given)
    serving = catalog.generations.current()
    if serving is None:
        place = given.catalog
        raise SearchIndexError(f"nothing can be searched in {place} yet; run: vidsearch index {place}")
    # What the index was made with, unless another encoder is named.
    made_with = serving.manifest["encoder"] if given.encoder is None else {}
    return ShotIndex.open(catalog, _encoder(given, made_with))


def _query(given: argparse.Namespace) -> Any:
    from vidsearch_sdk.query.algebra.terms import image, shot
    from vidsearch_sdk.query.algebra.typed import typed

    if given.image is not None:
        return image(Path(given.image).expanduser())
    return shot(given.shot) if given.shot is not None else typed(" ".join(given.words))


def _progress() -> bool:
    # Bars are for a person at a terminal; in a log they are noise.
    return sys.stderr.isatty()
