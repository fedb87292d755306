import numpy as np
import pyarrow as pa
import pytest

from tests.index.worlds import film_id, tables
from vidsearch_sdk.index.derived import in_words, languages, positions, shots_under
from vidsearch_sdk.index.shot_rows import shot_rows
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.tables import DIALOGUE


def shots_of(counts, *, starts=None):
    films = [Film(film_id(number), "", f"film {number}") for number in range(len(counts))]
    parts = []
    for number, (film, count) in enumerate(zip(films, counts, strict=True)):
        table = tables(film.video_id, count)["shots"]
        first = 0.0 if starts is None else starts[number]
        for name in ("start_s", "end_s"):
            column = pa.array(table[name].to_numpy() + first)
            table = table.set_column(table.column_names.index(name), name, column)
        parts.append(table)
    return shot_rows(films, parts)


def lines_of(rows):
    """Dialogue of (film, start, end, language)."""
    whole = [
        {"video_id": film_id(film), "line": n, "start_s": start, "end_s": end, "text": "x",
         "language": language, "speaker": "", "track": ""}
        for n, (film, start, end, language) in enumerate(rows)
    ]  # fmt: skip
    return pa.Table.from_pylist(whole, schema=DIALOGUE)


def by_hand(starts, ends, start, end):
    """Over which shots one line is spoken."""
    shared = [min(e, end) - max(s, start) for s, e in zip(starts, ends, strict=True)]
    touching = [n for n, (s, e) in enumerate(zip(starts, ends, strict=True)) if s < end and e > start]
    if start == end:
        touching = [n for n, (s, e) in enumerate(zip(starts, ends, strict=True)) if s <= start < e]
    if not touching:
        return []
    most = max(shared[n] for n in touching)
    return [n for n in touching if shared[n] >= min(0.25, (end - start) / 2) or shared[n] >= most]


def test_where_a_shot_stands_in_its_film():
    table = shots_of([3, 2], starts=[3600.0, 0.0])
    assert positions(table).to_pylist() == [0.0, 2.0, 4.0, 0.0, 2.0]
    assert positions(shots_of([])).to_pylist() == []


@pytest.mark.parametrize("seed", range(30))
def test_lines_lie_over_the_shots_of_plain_loops(seed):
    random = np.random.default_rng(seed)
    edges = np.cumsum(random.choice([0.1, 0.2, 0.5, 3.0], int(random.integers(2, 12)))) - 1.0
    starts, ends = edges[:-1], edges[1:]
    line_starts = random.uniform(edges[0] - 2, edges[-1] + 1, 20)
    line_starts[:3] = random.choice(edges, 3)
    line_ends = line_starts + random.choice([0.0, 0.05, 0.4, 2.0, 9.0], 20)
    shots, lines = shots_under(starts, ends, line_starts, line_ends)
    for line in range(20):
        assert shots[lines == line].tolist() == by_hand(starts, ends, line_starts[line], line_ends[line])


@pytest.mark.parametrize("seed", range(10))
def test_each_shot_has_the_languages_of_its_lines(seed):
    random = np.random.default_rng(seed)
    table = shots_of([5, 1, 4])
    tags = ["", "en", "de", "en-US", *(f"x{n}" for n in range(80))][: int(random.integers(1, 84))]
    rows = []
    for _ in range(int(random.integers(0, 60))):
        start = float(random.uniform(-1, 11))
        rows.append((int(random.integers(0, 5)), start, start + 1.0, str(random.choice(tags))))
    expected = [set() for _ in range(10)]
    for film, start, end, tag in rows:
        if tag and film < 3:
            first, count = [(0, 5), (5, 1), (6, 4)][film]
            begins = np.arange(count) * 2.0
            for shot in by_hand(begins, begins + 2.0, start, end):
                expected[first + shot].add(tag)
    found = languages(table, lines_of(rows))
    assert [set(one or ()) for one in found.to_pylist()] == expected
    assert [one is None for one in found.to_pylist()] == [not one for one in expected]
    shown = in_words(pa.chunked_array([found])).to_pylist()
    assert shown == [", ".join(sorted(one)) or None for one in expected]


def test_films_without_lines_have_no_language():
    assert languages(shots_of([2]), DIALOGUE.empty_table()).to_pylist() == [None, None]
    assert languages(shots_of([]), lines_of([(0, 0.0, 1.0, "en")])).to_pylist() == []
