"""``vidsearch finetune``: teaching an encoder the words of a catalog."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.cli.output import aligned, print_json, say, tell
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import plain

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog
    from vidsearch_sdk.encoding.encoder import Encoder
    from vidsearch_sdk.evaluation.judgments import Judgments
    from vidsearch_sdk.learning.finetuned import FineTuned
    from vidsearch_sdk.learning.pairs import Pairs

DONE = 0

_MORE = """\
CAPTIONS are CSV files with a header: video, start_s, end_s and text. What they, --outline,
--judgments and --feedback say of shots is learned together; films are held out to measure it by.

examples:
  vidsearch finetune films captions.csv --out dark-encoder
  vidsearch finetune films captions.csv --outline "pilot.mkv=pilot.fountain" --check
  vidsearch finetune films captions.csv --encoder ViT-B-16-SigLIP2 --train lora --out dark-encoder
  torchrun --nproc-per-node 4 -m vidsearch_sdk finetune films captions.csv --out dark-encoder

The same command goes on where a run was cut off. Afterwards:
  vidsearch index films --encoder dark-encoder
"""
_SCENES = ("scene", "heading", "start_s", "end_s", "lines", "found", "sure", "used", "why")


def add_command(
    command: Callable[..., argparse.ArgumentParser],
    *,
    encoder_options: Callable[[argparse.ArgumentParser], None],
    encoder_help: str,
) -> None:
    """Describe the command."""
    made = command("finetune", "teach an encoder what is said of the catalog's shots", more=_MORE)
    made.add_argument(
        "captions", metavar="CAPTIONS", nargs="*", help="CSV files: video, start_s, end_s, text"
    )
    made.add_argument("--out", metavar="FOLDER", type=Path, help="folder for the new encoder")
    made.add_argument("--encoder", metavar="NAME", help=encoder_help)
    encoder_options(made)

    said = made.add_argument_group("what else is learned")
    said.add_argument(
        "--outline",
        metavar="FILM=FILE",
        action="append",
        default=[],
        help="the script of a film (Fountain, or text laid out like a screenplay), brought to its shots by "
        "its dialogue; may be repeated",
    )
    said.add_argument(
        "--least-sure",
        type=float,
        metavar="SHARE",
        default=0.5,
        help="leave out scenes whose place is less sure, 0 to 1 (default: %(default)s)",
    )
    said.add_argument(
        "--judgments",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="a CSV file of judged queries, as for evaluate; may be repeated",
    )
    said.add_argument("--feedback", action="store_true", help="what the catalog keeps of people's judgments")
    said.add_argument(
        "--least",
        type=float,
        metavar="GRADE",
        default=1.0,
        help="of judgments: grade from which a shot is right (default: 1)",
    )

    measured = made.add_argument_group("what it is measured by")
    measured.add_argument(
        "--held-out",
        metavar="SHARE|FILM",
        action="append",
        default=[],
        help="share of the films not to learn from, or one such film; films may be repeated (default: 0.2)",
    )
    measured.add_argument(
        "--general",
        metavar="FILE",
        type=Path,
        help="a CSV file of judged queries, or of captions, that must not get worse (default: ordinary "
        "phrases, for which the given encoder's order counts as right)",
    )
    measured.add_argument(
        "--largest-loss",
        type=float,
        metavar="SHARE",
        help="how much of their nDCG@10 those may lose (default: 0.01)",
    )

    how = made.add_argument_group("how")
    how.add_argument("--train", choices=("all", "lora", "head"), help="which weights learn (default: all)")
    how.add_argument("--loss", choices=("contrastive", "sigmoid"), help="default: contrastive")
    how.add_argument(
        "--pooling",
        choices=("mean", "attention", "multiscale"),
        help="how frames become a shot (default: as the encoder does)",
    )
    for name, kind, metavar, summary in (
        ("epochs", int, "N", "how often every caption is shown, at most"),
        ("batch-size", int, "N", "captions per step; each is told from all others of it"),
        ("micro-batch", int, "N", "captions in memory at once; the result is the same"),
        ("frames-per-shot", int, "N", "most keyframes of a shot"),
        ("learning-rate", float, "RATE", "highest learning rate"),
        ("patience", int, "N", "measurements without a better one that end the run; 0: none does"),
        ("seed", int, "N", "another number draws otherwise"),
        ("threads", int, "N", "threads that prepare pictures"),
    ):
        how.add_argument(f"--{name}", type=kind, metavar=metavar, help=summary)
    how.add_argument("--precision", choices=("auto", "bf16", "f32"), help="arithmetic (default: auto)")
    how.add_argument("--no-augment", dest="augment", action="store_false", help="show pictures as they are")
    how.add_argument(
        "--blend",
        type=_blend,
        metavar="SHARE",
        help="share of the tuned weights in the new ones, or auto (default)",
    )
    how.add_argument("--overwrite", action="store_true", help="replace an encoder that is in FOLDER")
    made.add_argument(
        "--check", action="store_true", help="say what would be learned from, and stop before it is"
    )
    made.add_argument(
        "--push",
        metavar="ORG/NAME",
        help="afterwards put it on the Hugging Face Hub, as a private repository",
    )


def finetune(
    given: argparse.Namespace,
    *,
    catalog: Catalog,
    encoder: Callable[[], Encoder],
    progress: bool,
) -> int:
    """Read what is said, check all of it, teach, and tell what came of it."""
    from vidsearch_sdk.learning.finetune import finetune as teach
    from vidsearch_sdk.learning.pair_checks import check_parts
    from vidsearch_sdk.learning.push import check_repo_id
    from vidsearch_sdk.learning.settings import FineTuneSettings

    # What can be wrong without an encoder comes first: it may be large.
    if given.out is None and not given.check:
        raise QueryError("name a folder for the new encoder: --out FOLDER (or look first: --check)")
    if given.push and given.check:
        raise QueryError("--check writes nothing that --push could put anywhere")
    if given.push:
        check_repo_id(given.push)
    options = _options(given)
    FineTuneSettings(**options)
    first = os.environ.get("RANK", "0") == "0"  # torchrun starts several of us, and one speaks
    pairs = _pairs(given, catalog)
    if first and not given.json:
        _tell_scenes(pairs)
    held_out = _held_out(given.held_out)
    pairs.check()
    parts = pairs.split(held_out, seed=options.get("seed", 0))
    check_parts(*parts)
    general = _general(given, catalog)
    if first and not given.json:
        say(f"learned from: {parts[0]}\nheld out: {parts[1]}")
    if given.check:
        if first and given.json:
            print_json(_pairs_json(pairs, parts))
        return DONE
    made = teach(
        encoder(),
        pairs,
        out=given.out,
        held_out=held_out,
        general=general,
        overwrite=given.overwrite,
        progress=progress and first,
        **options,
    )
    if not first:
        return DONE
    address = made.push(given.push) if given.push else ""
    if given.json:
        print_json(
            {**_pairs_json(pairs, parts), **_made_json(made), **({"pushed": address} if address else {})}
        )
    else:
        _tell_made(made, given.catalog, address)
    return DONE


def _options(given: argparse.Namespace) -> dict[str, Any]:
    """What was said of the run; what was not is left to ``finetune``."""
    names = (
        *("train", "loss", "pooling", "epochs", "batch_size", "micro_batch", "frames_per_shot"),
        *("learning_rate", "patience", "seed", "threads", "precision", "blend", "largest_loss"),
    )
    said = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    return {**said, "augment": given.augment}


def _pairs(given: argparse.Namespace, catalog: Catalog) -> Pairs:
    from vidsearch_sdk.evaluation.judgments import Judgments
    from vidsearch_sdk.learning.pairs import Pairs

    made = [Pairs.from_captions(catalog, file) for file in given.captions]
    for said in given.outline:
        film, _, file = said.partition("=")
        if not film or not file:
            raise QueryError(f"--outline {said}: FILM=FILE is needed, as pilot.mkv=pilot.fountain")
        made.append(Pairs.from_outline(catalog, film, Path(file), least_sure=given.least_sure))
    judged = [Judgments.read_csv(file) for file in given.judgments]
    made += [Pairs.from_judgments(catalog, one, least=given.least) for one in judged]
    if given.feedback:
        made.append(Pairs.from_feedback(catalog, least=given.least))
    if not made:
        raise QueryError(
            "there is nothing to learn from: name a file of captions, or --outline, --judgments or --feedback"
        )
    return sum(made[1:], made[0])


def _held_out(said: list[str]) -> float | list[str]:
    if not said:
        return 0.2
    try:
        share = float(said[0])
    except ValueError:
        return said
    if len(said) > 1:
        raise QueryError(f"--held-out {' --held-out '.join(said)}: one share, or films")
    return share


def _general(given: argparse.Namespace, catalog: Catalog) -> Pairs | Judgments | None:
    from vidsearch_sdk.evaluation.files import read_rows
    from vidsearch_sdk.evaluation.judgments import Judgments
    from vidsearch_sdk.learning.pairs import Pairs

    if given.general is None:
        return None
    if "query" in read_rows(given.general)[0]:
        return Judgments.read_csv(given.general)
    return Pairs.from_captions(catalog, given.general)


def _tell_scenes(pairs: Pairs) -> None:
    for _, of_film in pairs.scenes.groupby("video_id", sort=False):
        say(f"scenes of {plain(of_film['name'].iloc[0], limit=100)}:")
        say(aligned(of_film[list(_SCENES)].itertuples(index=False), _SCENES, limit=60) + "\n")


def _pairs_json(pairs: Pairs, parts: tuple[Pairs, Pairs]) -> dict[str, Any]:
    learned, held = parts
    return {
        "pairs": {"learned": len(learned), "held_out": len(held)},
        "texts": len(pairs.texts),
        "shots": len(pairs.shots),
        "films": {"learned": learned.films, "held_out": held.films},
        "scenes": pairs.scenes.to_dict("records"),
    }


def _made_json(made: FineTuned) -> dict[str, Any]:
    return {
        "folder": str(made.folder),
        "fingerprint": made.fingerprint,
        "blend": made.blend,
        "figures": made.figures,
        "history": made.history.to_dict("records"),
    }


def _tell_made(made: FineTuned, catalog: str, address: str) -> None:
    names = list(made.figures["after"])
    rows = [(when, *(f"{made.figures[when][name]:.3f}" for name in names)) for when in ("before", "after")]
    say("\n" + aligned(rows, ("", *names)))
    tell(f"blend: {made.blend:g} of the tuned weights\nencoder: {made.folder}")
    if address:
        tell(f"pushed: {address}")
    tell(f"search with it: vidsearch index {catalog} --encoder {made.folder}")


def _blend(text: str) -> float | str:
    return text if text == "auto" else float(text)
