import numpy as np
import pytest

from tests.shots.joined import blank, dissolve, scene, score
from vidsearch_sdk.shots.scores import AHEAD, BEFORE, COLUMNS, Scorer, scores_by_name


def test_the_table_has_a_row_for_every_frame() -> None:
    table = score(scene(1, 20)).finish(np.arange(20) * 512 + 100)
    assert table.column_names == ["frame", "pts", *COLUMNS]
    assert table.column("pts").to_pylist() == list(range(100, 100 + 20 * 512, 512))
    assert all(str(table.schema.field(name).type) == "float" for name in COLUMNS)
    assert all(table.column(name).null_count == 0 for name in table.column_names)
    assert np.isfinite(np.stack([table.column(name).to_numpy() for name in COLUMNS])).all()


def test_plain_scores_are_in_levels() -> None:
    scores = scores_by_name(score(np.concatenate([blank(5, level=50), blank(5, level=90)])).rows())
    assert scores["brightness"].tolist() == [50] * 5 + [90] * 5
    assert scores["contrast"].max() == 0
    assert scores["content"].tolist() == [0, 0, 0, 0, 0, 40, 0, 0, 0, 0]
    assert scores["change"][5] == pytest.approx(40)
    assert scores["histogram"][5] == pytest.approx(40)


def test_small_movement_is_no_change() -> None:
    moving = scores_by_name(score(scene(2, 30, speed=1.5, noise=0)).rows())
    assert moving["content"][1:].min() > 5
    assert moving["change"].max() < 0.5


def test_a_flash_returns_and_a_cut_does_not() -> None:
    shot = scene(3, 30)
    shot[15, :36] += 100
    assert scores_by_name(score(shot).rows())["returned"][15] < 0.1
    cut = scores_by_name(score(np.concatenate([scene(3, 15), scene(4, 15)])).rows())
    assert cut["returned"][15] > 0.8
    assert cut["structure"][15] > 0.2


def test_a_dissolve_is_told_with_its_length() -> None:
    scores = scores_by_name(score(dissolve(scene(5, 60), scene(6, 60), 24)).rows())
    assert 8 <= scores["mixed_frames"][47] <= 16
    assert scores["unmixed"][47] < 0.1
    assert scores["mixed_frames"][:20].max() == 0


def test_scores_depend_on_so_many_frames_only() -> None:
    film = np.concatenate([scene(7, 90, speed=0.4), dissolve(scene(8, 80), scene(9, 80), 20), scene(7, 70)])
    film[120, :36] += 90
    whole, start, end = score(film).rows(), 60, 230
    part = score(film[start:end]).rows()
    np.testing.assert_array_equal(part[BEFORE:-AHEAD], whole[start + BEFORE : end - AHEAD])


@pytest.mark.parametrize("sizes", [[1] * 400, [63, 64, 65, 130, 78], [400]])
def test_how_frames_are_dealt_out_makes_no_difference(sizes: list[int]) -> None:
    film = np.concatenate(
        [scene(7, 150, speed=0.4), dissolve(scene(8, 130), scene(9, 120), 20), scene(7, 20)]
    )
    film[120, :36] += 90
    smalls = np.clip(np.round(film), 0, 255).astype(np.uint8)
    scorer, start = Scorer(), 0
    for size in sizes:
        scorer.push(smalls[start : start + size])
        start += size
    np.testing.assert_array_equal(scorer.rows(), score(film).rows()[:start])


@pytest.mark.parametrize("wrong", [np.zeros((3, 54, 64), np.float32), np.zeros((54, 64), np.uint8)])
def test_other_pictures_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="small picture"):
        Scorer().push(wrong)


def test_times_must_fit() -> None:
    with pytest.raises(ValueError, match="20 frames were scored, 19 times"):
        score(scene(1, 20)).finish(np.arange(19))


def test_long_films_are_scored() -> None:
    scorer = score(np.concatenate([blank(1500, level=60), scene(1, 800)]))
    assert scorer.rows().shape == (2300, len(COLUMNS))
    assert scorer.rows(2000).shape == (300, len(COLUMNS))
    assert np.argmax(scorer.rows()[:, COLUMNS.index("content")]) == 1500
