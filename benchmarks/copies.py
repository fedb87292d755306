"""Which film a clip comes from, and from where in it, for 100 clips disturbed in ten ways.

Bars: the right film and the offset within 1 s for at least 90 of 100 clips; of clips whose film is not in the
catalog at most 5 % found. Clips are searched once in a catalog of all films, and once in the half of it that
lacks their film. The sample film is cut in two: its halves share characters, places and style.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from disturbed_clips import KINDS, Disturbed, make_clips

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.query.algebra.terms import clip
from vidsearch_sdk.query.copies import locate as copies
from vidsearch_sdk.query.copies.candidates import FILMS, candidate_shots
from vidsearch_sdk.query.copies.locate import locate
from vidsearch_sdk.query.copies.sources import Pasted, pasted_clip
from vidsearch_sdk.sample.assets import film_path
from vidsearch_sdk.shot_index import ShotIndex
from vidsearch_sdk.video.clips import write_clip
from vidsearch_sdk.video.probe import probe

RIGHT_BAR, FOREIGN_BAR, WITHIN_S = 0.90, 0.05, 1.0
OTHER_RELEASES = ("big-buck-bunny-vfr.mp4", "big-buck-bunny-vp8.webm")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).resolve().parents[2] / "shared" / "videos"
    parser.add_argument("--videos", type=Path, default=default, help="folder of the real films")
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--seed", type=int, default=11)
    arguments = parser.parse_args()
    if not (arguments.videos / "cuts.json").is_file():
        print(f"copies: left out, no real films at {arguments.videos}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return _run(arguments.videos, Path(folder), arguments.clips, arguments.seed)


def _run(videos: Path, folder: Path, count: int, seed: int) -> int:
    films = [path for path in sorted((videos / "films").iterdir()) if path.name not in OTHER_RELEASES]
    films += _halves(film_path(), folder)
    (folder / "clips").mkdir()
    clips = list(make_clips(films, folder / "clips", count=count, seed=seed))
    encoder = Encoder("sample")
    whole = Catalog(folder / "all")
    whole.add(films)
    whole.segment(progress=False)
    index = ShotIndex.build(whole, encoder, progress=False)
    # Neighbors in the list, the halves of the sample film among them, lie in different catalogs.
    lacking = {}
    for parity in (0, 1):
        shutil.copytree(folder / "all", folder / f"half-{parity}")
        half = Catalog(folder / f"half-{parity}")
        names = {film.name for film in films[parity::2]}
        half.remove([row.video_id for row in half.videos.itertuples() if row.name in names])
        lacking |= dict.fromkeys(names, ShotIndex.build(half, encoder, progress=False))
    print(
        f"copies: {len(clips)} clips, {np.median([each.duration_s for each in clips]):.1f} s in the median, "
        f"of {len(films)} films ({len(index)} shots)\n"
    )
    right, foreign = _tables(index, lacking, encoder, clips)
    _other_releases(index, encoder, videos / "films")
    passed = right >= RIGHT_BAR and foreign <= FOREIGN_BAR
    print(
        f"\nright {right:.0%} (at least {RIGHT_BAR:.0%}), "
        f"foreign clips found {foreign:.0%} (at most {FOREIGN_BAR:.0%})"
    )
    print("passed" if passed else "MISSED")
    return 0 if passed else 1


def _tables(
    index: ShotIndex, lacking: dict[str, ShotIndex], encoder: Encoder, clips: list[Disturbed]
) -> tuple[float, float]:
    served, read = index._serving(), {}
    tally: dict[str, list[tuple[bool, float, float, bool, float]]] = defaultdict(list)
    for each in clips:
        began = time.perf_counter()
        pasted = read[each.path] = pasted_clip(clip(each.path))
        found = locate(index._catalog, served, pasted, encoder=encoder)
        seconds = time.perf_counter() - began
        error, score = float("nan"), 0.0
        if len(found):
            best = found.iloc[0]
            score = float(best["score"])
            if best["name"] == each.film.name:
                error = abs(float(best["offset_s"]) - each.start_s)
        elsewhere = lacking[each.film.name]
        strangers = locate(elsewhere._catalog, elsewhere._serving(), pasted, encoder=encoder)
        tally[each.kind].append((error <= WITHIN_S, error, score, len(strangers) > 0, seconds))
        if not error <= WITHIN_S or len(strangers):
            print(f"  {each.path.name}: wrong by {error:.2f} s, score {score:.2f}; foreign {len(strangers)}")
    print("| disturbed | clips | right | error, median | largest | least score | foreign found | s a clip |")
    print("|---|---|---|---|---|---|---|---|")
    for kind in (*KINDS, "all"):
        rows = [row for name, some in tally.items() if kind in (name, "all") for row in some]
        if rows:
            ok, errors, scores, strange, seconds_ = (np.array(column) for column in zip(*rows, strict=True))
            near = errors[ok.astype(bool)] if ok.any() else np.array([np.nan])
            print(
                f"| {kind} | {len(rows)} | {ok.mean():.0%} | {np.median(near):.3f} s | {near.max():.2f} s "
                f"| {scores.min():.2f} | {strange.mean():.0%} | {np.median(seconds_):.2f} |"
            )
    rows = [row for some in tally.values() for row in some]
    _candidates(index, encoder, clips, read)
    return float(np.mean([row[0] for row in rows])), float(np.mean([row[3] for row in rows]))


def _candidates(index: ShotIndex, encoder: Encoder, clips: list[Disturbed], read: dict[Path, Pasted]) -> None:
    """Where a large catalog would look first: the right film's place among those that the vectors name."""
    served, ranks = index._serving(), []
    for each in clips:
        near = list(candidate_shots(served, read[each.path].vectors(encoder)))
        names = [served.stock.films[video_id].name for video_id in near]
        ranks.append(names.index(each.film.name) if each.film.name in names else len(names))
    placed = np.array(ranks)
    print(
        f"\nright film by vectors of the encoder {encoder.name!r}: first {np.mean(placed < 1):.0%}, "
        f"among 3 {np.mean(placed < 3):.0%}, among {FILMS} {np.mean(placed < FILMS):.0%}"
    )


def _other_releases(index: ShotIndex, encoder: Encoder, folder: Path) -> None:
    for name in OTHER_RELEASES:
        found = locate(index._catalog, index._serving(), clip(folder / name), encoder=encoder)
        words = "nothing"
        if len(found):
            best = found.iloc[0]
            words = f"{best['name']} at offset {best['offset_s']:+.2f} s, score {best['score']:.2f}"
        print(f"another release, {name} whole: {words}")


def _halves(film: Path, folder: Path) -> list[Path]:
    info = probe(film)
    start = info.start_pts or 0
    end = start + round((info.duration_s or 0) / info.time_base)
    middle = (start + end) // 2
    parts = [folder / "sample-first-half.mp4", folder / "sample-second-half.mp4"]
    for part, span in zip(parts, ((start, middle), (middle, end)), strict=True):
        write_clip(film, part, start_pts=span[0], end_pts=span[1], preset="veryfast", sound=False)
    return parts


if __name__ == "__main__":
    copies.log.setLevel("ERROR")
    sys.exit(main())
