"""Batches: a pure function of seed and number, whatever the part of them a process takes."""

import threading
import time

import numpy as np
import pytest
import torch

from vidsearch_sdk.learning.augmentation import Augmentation
from vidsearch_sdk.learning.batches import Batches, Captioned, ShotBatch, gather, read_ahead
from vidsearch_sdk.learning.shots import ShotPictures


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    counts = random.integers(1, 4, 10)
    frames = random.integers(0, 256, (counts.sum(), 3, 6, 6), dtype=np.uint8)
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    pictures = ShotPictures(frames, starts, tuple(f"film-{n}" for n in range(10)))
    tokens = torch.arange(14 * 2 * 5).reshape(14, 2, 5)
    texts = tuple(f"text {n}" for n in range(14))
    return Captioned(pictures, texts, tokens, random.integers(0, 10, 25), random.integers(0, 14, 25))


def equal(a: ShotBatch, b: ShotBatch) -> bool:
    names = ("pictures", "counts", "tokens", "shots", "texts")
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in names)


@pytest.mark.parametrize("augmentation", [None, Augmentation()])
def test_a_batch_hangs_on_seed_and_number_alone(rows, augmentation):
    one = Batches(rows, size=8, seed=3, augmentation=augmentation)
    late = Batches(rows, size=8, seed=3, augmentation=augmentation, threads=3)
    for number in range(20):
        one(number)
    assert equal(one(5), late(5))
    assert not equal(one(5), one(6))
    assert not equal(one(5), Batches(rows, size=8, seed=4, augmentation=augmentation)(5))


def test_every_epoch_shows_every_row_once_in_an_order_of_its_own(rows):
    batches = Batches(rows, size=8, seed=0)
    shown = np.concatenate([batches.rows_of(number) for number in range(25)])
    epochs = shown.reshape(8, 25)
    assert all(sorted(epoch) == list(range(25)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 8


def test_a_batch_holds_the_frames_tokens_and_numbers_of_its_rows(rows):
    batches = Batches(rows, size=8, seed=0)
    numbers, batch = batches.rows_of(2), batches(2)
    assert batch.shots.tolist() == rows.shot_of[numbers].tolist()
    assert batch.texts.tolist() == rows.text_of[numbers].tolist()
    start = 0
    for place, (shot, count) in enumerate(zip(batch.shots.tolist(), batch.counts.tolist(), strict=True)):
        assert np.array_equal(batch.pictures[start : start + count].numpy(), rows.pictures.of(shot))
        start += count
        # One of the caption's two templates.
        assert batch.tokens[place].tolist() in rows.tokens[batch.texts[place]].tolist()
    assert start == len(batch.pictures)
    assert len(batch) == 8


def test_processes_share_the_same_whole_batch(rows):
    whole = Batches(rows, size=8, seed=0, augmentation=Augmentation())(4)
    parts = [
        Batches(rows, size=8, seed=0, augmentation=Augmentation(), own=own)(4)
        for own in (slice(0, 3), slice(3, 6), slice(6, 8))
    ]
    for name in ("pictures", "counts", "tokens", "shots", "texts"):
        assert torch.equal(torch.cat([getattr(part, name) for part in parts]), getattr(whole, name))
    assert len(Batches(rows, size=1, seed=0, own=slice(1, 1))(0)) == 0


def test_gathering_takes_shots_in_the_order_asked(rows):
    pictures, counts = gather(rows.pictures, [7, 0, 7])
    expected = np.concatenate([rows.pictures.of(7), rows.pictures.of(0), rows.pictures.of(7)])
    assert np.array_equal(pictures.numpy(), expected)
    assert counts.tolist() == rows.pictures.counts[[7, 0, 7]].tolist()


def test_one_batch_is_made_ahead_while_another_is_used(rows):
    batches = Batches(rows, size=4, seed=0)
    made, threads = [], set()

    def make(number):
        made.append(number)
        threads.add(threading.current_thread())
        return batches(number)

    source = read_ahead(make, 2, 6)
    assert equal(next(source), batches(2))
    for _ in range(200):
        if len(made) == 3:
            break
        time.sleep(0.01)
    # One lies ready and the next is done and waits for its place; no more.
    assert made == [2, 3, 4]
    assert threading.current_thread() not in threads
    assert [equal(batch, batches(number)) for number, batch in enumerate(source, 3)] == [True] * 3
    assert made == [2, 3, 4, 5]


def test_leaving_early_ends_the_thread_and_errors_come_in_their_place(rows):
    batches = Batches(rows, size=4, seed=0)

    def make(number):
        if number == 1:
            raise OSError("gone")
        return batches(number)

    source = read_ahead(make, 0, 9)
    next(source)
    with pytest.raises(OSError, match="gone"):
        next(source)
    left = read_ahead(batches, 0, 1000)
    next(left)
    left.close()
    names = [thread.name for thread in threading.enumerate()]
    assert "vidsearch-batches" not in names


def test_what_does_not_belong_together_is_refused(rows):
    with pytest.raises(ValueError, match="needs as many captions"):
        ShotBatch(torch.zeros(2, 3, 4, 4), torch.ones(2), torch.zeros(1, 5), torch.zeros(2), torch.zeros(2))
    with pytest.raises(ValueError, match="do not divide"):
        ShotPictures(np.zeros((3, 3, 2, 2), np.uint8), np.array([0, 2]), ("a",))
    with pytest.raises(ValueError, match="each row needs"):
        Captioned(rows.pictures, rows.texts, rows.tokens, rows.shot_of, rows.text_of[:3])
    with pytest.raises(ValueError, match="1 row or more"):
        Batches(rows, size=0, seed=0)
