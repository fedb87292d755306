"""Search among many lines of dialogue: time of a query by kind, size on disk, and time to build and to open.

    python benchmarks/dialogue_speed.py [--lines 1000000] [--times 15]

Words are drawn by Zipf's law with the commonest English words in front, lines of 3 to 12 words, a tenth of
them in Spanish or unmarked. A sum of plain Python over the same lines stands beside it, as what a loop over
all text would take. Everything is measured in one run; the first call of each query is not counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from vidsearch_sdk.query.dialogue.files import build_dialogue_files  # noqa: E402
from vidsearch_sdk.query.dialogue.index import DialogueIndex  # noqa: E402
from vidsearch_sdk.query.dialogue.lines import rows_spoken_over  # noqa: E402

MOST_MS = 20.0
WORDS = 80_000
LINES_A_FILM = 1_000
LINE_S = 3.0
SHOT_S = 4.0
COMMON = tuple(
    " ".join(
        (
            "you i the to a it and that what of is in me not this do are no on we have my was just be your",
            "for he know dont im all with get so there go like but up they want out about now come one if",
            "here him got right good see how her well can think need boat where key house door running run",
        )
    ).split(" ")
)
SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe"),
    *("ri", "so", "tu", "va", "we", "xi", "yo", "zu"),
)


def vocabulary() -> list[str]:
    """The common words, then made ones of two to four syllables, each once."""
    random = np.random.default_rng(1)
    words = dict.fromkeys(COMMON)
    while len(words) < WORDS:
        words["".join(random.choice(SYLLABLES, random.integers(2, 5)))] = None
    return list(words)


def drawn_lines(count: int) -> pa.Table:
    """Lines of ``count // 1000`` films, columns of ``DIALOGUE``."""
    random = np.random.default_rng(0)
    words = np.array(vocabulary())
    share = 1.0 / np.arange(1, len(words) + 1)
    lengths = random.integers(3, 13, count)
    ends = np.cumsum(lengths)
    drawn = words[random.choice(len(words), int(ends[-1]), p=share / share.sum())]
    texts = [" ".join(drawn[end - length : end]) + "." for end, length in zip(ends, lengths, strict=True)]
    number = np.arange(count)
    start_s = (number % LINES_A_FILM) * LINE_S
    languages = np.array(["eng", "en-US", "es", ""])[random.choice(4, count, p=[0.6, 0.3, 0.06, 0.04])]
    return pa.table(
        {
            "video_id": pa.array([f"{film:016x}" for film in number // LINES_A_FILM]),
            "line": number % LINES_A_FILM,
            "start_s": start_s,
            "end_s": start_s + 0.8 * LINE_S,
            "text": texts,
            "language": languages,
            "speaker": pa.array([""] * count),
            "track": pa.array(["embedded:2"] * count),
        }
    )


def queries(lines: pa.Table) -> dict[str, list[tuple[str, dict[str, object]]]]:
    """Queries by kind, each with how it is narrowed."""
    texts = lines.column("text").take(pa.array([5, len(lines) // 3, len(lines) // 2])).to_pylist()
    words = vocabulary()
    parts = [" ".join(text.rstrip(".").split()[:4]) for text in texts]
    return {
        "one common word": [(word, {}) for word in ("you", "the", "not")],
        "common words": [(text, {}) for text in ("what do you want to do", "i know that you are in there")],
        "rare words": [(text, {}) for text in (words[5_000], f"{words[900]} {words[30_000]}", words[-1])],
        "common and rare": [(f"where is the {word}", {}) for word in (words[400], words[20_000])],
        "a whole line": [(text, {}) for text in texts],
        "phrase": [*((f'"{part}"', {}) for part in parts), ('"what do you"', {}), ('"the boat"', {})],
        "prefix": [(text, {}) for text in ("boa*", "run*", "dilo*", "the ha*", "t*")],
        "one language": [
            ("what do you want", {"language": language}) for language in ("en", "es", "en-US", "")
        ],
        "a film left out": [("where are you", {"without": {lines.column("video_id")[0].as_py()}})],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=15)
    options = parser.parse_args()
    lines = drawn_lines(options.lines)
    text_mb = sum(map(len, lines.column("text").to_pylist())) / 1e6
    start, worked = time.perf_counter(), time.process_time()
    made = build_dialogue_files(lines)
    built_s, worked_s = time.perf_counter() - start, time.process_time() - worked
    size_mb = sum(map(len, made.values())) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        parts = {}
        for name, content in made.items():
            parts[name] = Path(folder) / name
            parts[name].write_bytes(content)
        del made
        start = time.perf_counter()
        index = DialogueIndex.open(parts)
        opened_ms = 1e3 * (time.perf_counter() - start)
        print(f"{len(index):,} lines, {text_mb:.0f} MB of text")
        print(f"built in {built_s:.1f} s ({worked_s:.1f} s of the processor), {size_mb:.0f} MB")
        print(f"opened in {opened_ms:.1f} ms\n")
        median = timed(index, lines, options.times)
    print(f"\nmedian of all queries: {median:.1f} ms (bar: {MOST_MS:.0f} ms)")
    return int(median > MOST_MS)


def timed(index: DialogueIndex, lines: pa.Table, times: int) -> float:
    """Print a row for each kind and return the median of all queries, in ms."""
    shots = int(LINES_A_FILM * LINE_S / SHOT_S)
    films = list(dict.fromkeys(lines.column("video_id").to_pylist()))
    film_rows = {film: (number * shots, (number + 1) * shots) for number, film in enumerate(films)}
    start_s = np.tile(np.arange(shots) * SHOT_S, len(films))
    end_s = start_s + SHOT_S
    print("| kind | queries | lines found | median ms | of the processor | slowest query ms | to shots ms |")
    print("|---|---|---|---|---|---|---|")
    every: list[float] = []
    for kind, asked in queries(lines).items():
        walls, works, shot_walls, found = [], [], [], []
        for words, narrowed in asked:
            hits = index.search(words, **narrowed)
            found.append(len(hits))
            own = []
            for _ in range(times):
                start, worked = time.perf_counter(), time.process_time()
                hits = index.search(words, **narrowed)
                between = time.perf_counter()
                works.append(1e3 * (time.process_time() - worked))
                rows_spoken_over(film_rows, start_s, end_s, hits)
                shot_walls.append(1e3 * (time.perf_counter() - between))
                own.append(1e3 * (between - start))
            walls.append(own)
        median = float(np.median(walls))
        every += [wall for own in walls for wall in own]
        worst = max(float(np.median(own)) for own in walls)
        print(
            f"| {kind} | {len(asked)} | {min(found)} to {max(found)} | {median:.2f} | {np.median(works):.2f} "
            f"| {worst:.2f} | {np.median(shot_walls):.2f} |"
        )
    words = ["what", "do", "you"]
    start = time.perf_counter()
    sum(all(word in text for word in words) for text in lines.column("text").to_pylist())
    loop_ms = 1e3 * (time.perf_counter() - start)
    print(f"| a loop over all lines, for comparison | 1 | - | {loop_ms:.0f} | - | - | - |")
    return float(np.median(every))


if __name__ == "__main__":
    sys.exit(main())
