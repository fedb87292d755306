"""Two real processes: the same numbers as one, and no waiting for the dead."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.learning import small_world, two_ranks
from vidsearch_sdk.errors import ExecutorError
from vidsearch_sdk.learning.gradients import accumulate, start_bias
from vidsearch_sdk.learning.ranks import Ranks

_ROOT = Path(__file__).resolve().parents[2]


def _torchrun(*what):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return subprocess.run([*command, "-m", *what], cwd=_ROOT, capture_output=True, text=True, timeout=200)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    done = _torchrun("tests.learning.two_ranks", str(folder))
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, json.loads((folder / "facts.json").read_text())


@pytest.mark.parametrize("number", range(len(two_ranks.CASES)), ids=[str(case) for case in two_ranks.CASES])
def test_two_processes_have_the_loss_and_the_gradients_of_one(learned, number):
    folder, facts = learned
    loss, pairs, micro_batch = two_ranks.CASES[number]
    torch.set_num_threads(1)
    towers = two_ranks.towers_for(loss)
    fits = small_world.fits(pairs) if micro_batch else None
    value = accumulate(towers, small_world.batch(pairs), loss=loss, precision="f32", fits=fits)
    assert facts["losses"][number] == pytest.approx(value, abs=1e-5)
    expected, found = small_world.gradients(towers), load_file(folder / f"{number}.st")
    assert found.keys() == expected.keys()
    largest = max(one.abs().max().item() for one in expected.values())
    for name, one in expected.items():
        assert (one - found[name]).abs().max() <= 1e-5 * max(1.0, largest), name
    assert facts["same"][number], "both processes must take the same step"


def test_what_two_processes_exchange(learned):
    _, facts = learned
    assert facts["backend"] == "gloo"
    assert facts["uneven"] == [[0, 1, 2]]
    assert facts["said"] == {"best": [1, "ä"]}
    assert facts["lonely"], "what has no gradient anywhere is not given one of zeros"
    assert facts["no number"] == [True, True]
    towers = two_ranks.towers_for("sigmoid")
    assert facts["bias"] == pytest.approx(start_bias(towers, small_world.batch(7), precision="f32"), abs=1e-3)


def test_a_process_that_ends_is_noticed_at_once(learned):
    _, facts = learned
    assert "another of the training processes has ended or does not answer" in facts["vanished"]
    assert facts["noticed_s"] < 20, "not only when the time-out of a minute has passed"


def test_an_error_in_one_process_ends_the_others():
    done = _torchrun("tests.learning.one_fails")
    assert done.returncode != 0
    assert "the second process has had enough" in done.stderr
    waited = [line for line in done.stdout.splitlines() if line.startswith("waited")]
    assert waited == [] or float(waited[0].split()[1]) < 20


def test_a_process_that_hangs_is_given_up():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    given = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.learning.one_fails", "hang"],
            cwd=_ROOT,
            env={**os.environ, **given, "RANK": str(rank)},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        _, said = processes[0].communicate(timeout=100)
        assert processes[0].returncode != 0
        assert "ExecutorError: another of the training processes has ended or does not answer" in said
        assert processes[1].poll() is None, "the other one was there all the time"
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_one_process_touches_nothing(monkeypatch):
    for name in ("WORLD_SIZE", "RANK"):
        monkeypatch.delenv(name, raising=False)
    ranks = Ranks.current(device="cpu")
    assert (ranks.rank, ranks.count, ranks.is_first) == (0, 1, True)
    assert not torch.distributed.is_initialized()
    rows = torch.ones(2, 3, requires_grad=True)
    assert not ranks.gather(rows).requires_grad
    assert ranks.sizes(5) == (5,)
    assert ranks.from_first([1]) == [1]
    ranks.barrier()


def test_shares_cover_every_row_once():
    for rows in range(9):
        for count in range(1, 5):
            taken = [list(range(rows))[Ranks(rank, count).share(rows)] for rank in range(count)]
            assert [row for part in taken for row in part] == list(range(rows))
            assert max(map(len, taken)) - min(map(len, taken)) <= 1


def test_half_an_environment_is_an_error_at_once(monkeypatch):
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ExecutorError, match="start them with torchrun"):
        Ranks.current(device="cpu")


def test_a_rank_out_of_range_is_refused():
    with pytest.raises(ValueError, match="from 0 to 1"):
        Ranks(2, 2)
