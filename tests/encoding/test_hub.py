"""The real Hub client against a server on the loopback interface, in processes of their own.

The client reads its settings when it is imported, so every setting needs a process; none loads PyTorch.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.encoding.hub_server import Hub, Repository

WEIGHTS = "open_clip_model.safetensors"
FILES = {"open_clip_config.json": b"{}", WEIGHTS: bytes(range(256)) * 400, "notes.md": b"no"}

CLIENT = """
import json, logging, sys
from vidsearch_sdk.encoding.hub import fetch
from vidsearch_sdk.errors import EncoderError, EncoderNotFound
logging.basicConfig(level="ERROR")

def choose(names):
    wanted = ["open_clip_model.safetensors", "open_clip_config.json"]
    if not set(wanted) <= set(names):
        raise EncoderNotFound("not an encoder")
    return wanted

answers = []
for repo, revision in json.loads(sys.argv[2]):
    try:
        found = fetch(repo, choose, revision=revision, cache_dir=sys.argv[1])
        read = {name: (found.folder / name).read_bytes().hex() for name in found.files}
        answers.append({"commit": found.commit, "read": read})
    except EncoderError as error:
        answers.append({"error": type(error).__name__, "said": str(error)})
print(json.dumps(answers))
"""


def downloaded(requests: list[str]) -> list[str]:
    return [one.rpartition("/")[2] for one in requests if one.startswith("GET") and "/resolve/" in one]


def ask(
    hub: Hub | str, cache: Path, *wanted: tuple[str, str | None], **settings: str
) -> list[dict[str, Any]]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING"))}
    environment |= {
        "HF_ENDPOINT": hub if isinstance(hub, str) else hub.url,
        "HF_HOME": str(cache.parent / "home"),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    } | settings
    answer = subprocess.run(
        [sys.executable, "-c", CLIENT, str(cache), json.dumps(wanted)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_a_download_takes_only_what_is_needed_and_then_no_network_at_all(hub: Hub, tmp_path: Path) -> None:
    repository = hub.repositories["lab/model"] = Repository(FILES)
    cache = tmp_path / "cache"
    fresh = ask(hub, cache, ("lab/model", None), ("lab/model", None), ("lab/model", repository.commit))
    assert [answer["commit"] for answer in fresh] == [repository.commit] * 3
    assert fresh[0]["read"] == {name: FILES[name].hex() for name in FILES if name != "notes.md"}
    assert sorted(downloaded(hub.requests)) == ["open_clip_config.json", WEIGHTS]
    asked = len(hub.requests)
    # A commit that is cached, and any revision with the network forbidden, ask nothing.
    assert ask(hub, cache, ("lab/model", repository.commit))[0] == fresh[0]
    assert ask(hub, cache, ("lab/model", None), HF_HUB_OFFLINE="1")[0] == fresh[0]
    assert len(hub.requests) == asked
    # Nor does a machine whose network is down need one.
    assert ask("http://127.0.0.1:9", cache, ("lab/model", None))[0] == fresh[0]
    hub.repositories["lab/model"].manner = "down"
    assert ask(hub, cache, ("lab/model", None))[0] == fresh[0]


def test_a_branch_is_pinned_to_the_commit_that_it_was(hub: Hub, tmp_path: Path) -> None:
    first = hub.repositories["lab/model"] = Repository(FILES)
    cache = tmp_path / "cache"
    old = ask(hub, cache, ("lab/model", "v1"))[0]
    hub.repositories["lab/model"] = Repository(FILES | {WEIGHTS: b"trained on"})
    new, pinned = ask(hub, cache, ("lab/model", "v1"), ("lab/model", first.commit))
    assert old["commit"] == pinned["commit"] == first.commit != new["commit"]
    assert new["read"][WEIGHTS] == b"trained on".hex()
    assert pinned["read"] == old["read"]


def test_each_refusal_says_what_to_do(hub: Hub, tmp_path: Path) -> None:
    for manner in ("missing", "private", "gated", "down"):
        hub.repositories[f"lab/{manner}"] = Repository(FILES, manner)  # type: ignore[arg-type]
    hub.repositories["lab/open"] = Repository(FILES)
    hub.repositories["lab/other"] = Repository({"model.bin": b"x"})
    wanted = {
        ("lab/missing", None): ("EncoderNotFound", "check the name"),
        ("lab/private", None): ("EncoderNotFound", "hf auth login"),
        ("lab/gated", None): ("EncoderUnavailable", f"Ask for access at {hub.url}/lab/gated"),
        ("lab/down", None): ("EncoderUnavailable", "error 500 for lab/down; try again later"),
        ("lab/open", "v2"): ("EncoderNotFound", "no revision 'v2'"),
        ("lab/open", "0" * 40): ("EncoderNotFound", "no revision"),
        ("lab/other", None): ("EncoderNotFound", "not an encoder"),
        ("lab/..", None): ("EncoderNotFound", "check the name"),
    }
    answers = ask(hub, tmp_path / "cache", *wanted)
    for (kind, words), answer in zip(wanted.values(), answers, strict=True):
        assert answer["error"] == kind
        assert words in answer["said"]
    assert "copy the folder here and pass its path" in answers[3]["said"]


def test_offline_without_a_cache(hub: Hub, tmp_path: Path) -> None:
    hub.repositories["lab/model"] = Repository(FILES)
    forbidden = ask(hub, tmp_path / "cache", ("lab/model", None), HF_HUB_OFFLINE="1")[0]
    assert forbidden["error"] == "EncoderUnavailable"
    assert "HF_HUB_OFFLINE is set" in forbidden["said"]
    assert not hub.requests
    down = ask("http://127.0.0.1:9", tmp_path / "cache", ("lab/model", None), ("lab/model", "0" * 40))
    for answer in down:
        assert answer["error"] == "EncoderUnavailable"
        assert "cannot be reached" in answer["said"]
        assert "hf download lab/model" in answer["said"]


def test_a_download_that_is_cut_off_is_not_mistaken_for_the_model(hub: Hub, tmp_path: Path) -> None:
    repository = hub.repositories["lab/model"] = Repository(FILES, "cut")
    cache = tmp_path / "cache"
    cut = ask(hub, cache, ("lab/model", None))[0]
    assert cut["error"] == "EncoderUnavailable"
    assert "broke off" in cut["said"]
    assert "Try again" in cut["said"]
    # What did arrive is a cache without weights: offline that is an error too, not half a model.
    half = ask(hub, cache, ("lab/model", None), HF_HUB_OFFLINE="1")[0]
    assert half["error"] == "EncoderUnavailable"
    assert "not (or not wholly) in the cache" in half["said"]
    repository.manner = "open"
    asked = len(hub.requests)
    whole = ask(hub, cache, ("lab/model", None))[0]
    assert whole["read"][WEIGHTS] == FILES[WEIGHTS].hex()
    assert downloaded(hub.requests[asked:]) == [WEIGHTS]


def test_a_cache_that_cannot_be_written(hub: Hub, tmp_path: Path) -> None:
    hub.repositories["lab/model"] = Repository(FILES)
    cache = tmp_path / "cache"
    cache.write_text("not a folder")
    answer = ask(hub, cache, ("lab/model", None))[0]
    assert answer["error"] == "EncoderUnavailable"
    assert "pass another cache_dir" in answer["said"]
