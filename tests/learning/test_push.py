"""The real Hub client against a server on the loopback interface, in processes of their own.

The client reads its settings when it is imported, so every setting needs a process; none loads PyTorch.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.learning.made_world import make_encoder
from tests.learning.push_server import PushHub

CLIENT = """
import json, sys
from pathlib import Path
from vidsearch_sdk.errors import VidsearchError
from vidsearch_sdk.learning.push import push_folder
options = json.loads(sys.argv[2])
try:
    print(json.dumps(["pushed", push_folder(Path(sys.argv[1]), **options)]))
except VidsearchError as error:
    print(json.dumps([type(error).__name__, str(error)]))
assert "torch" not in sys.modules
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return make_encoder(tmp_path_factory.mktemp("push") / "encoder")


def push(url: str, folder: Path, home: Path, *, settings: dict[str, str] | None = None, **options: object):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING"))}
    environment |= {
        "HF_ENDPOINT": url,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    } | (settings or {})
    options = {"repo_id": "lab/tuned", "token": "hf_secret"} | options
    answer = subprocess.run(
        [sys.executable, "-c", CLIENT, str(folder), json.dumps(options)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stderr
    assert "hf_secret" not in answer.stdout + answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_all_files_arrive_in_one_commit_of_a_private_repository(folder, tmp_path):
    with PushHub() as hub:
        assert push(hub.url, folder, tmp_path, message="Creatures") == ["pushed", f"{hub.url}/lab/tuned"]
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert hub.repositories["lab/tuned"] == files
        assert hub.private == {"lab/tuned": True}
        assert hub.messages == ["Creatures"]
        assert hub.tokens == {"Bearer hf_secret"}


def test_the_words_of_the_captions_stay_here_where_that_is_asked(folder, tmp_path):
    assert (folder / "words.txt").exists()
    with PushHub() as hub:
        assert push(hub.url, folder, tmp_path, words=False)[0] == "pushed"
        there = {path.name for path in folder.iterdir()}
        assert set(hub.repositories["lab/tuned"]) == there - {"words.txt"}


def test_each_refusal_says_what_to_do(folder, tmp_path):
    with PushHub() as hub:
        for status, words in ((401, "hf auth login"), (403, "with the right to write"), (500, "error 500")):
            hub.refuse = status
            kind, said = push(hub.url, folder, tmp_path)
            assert kind == "EncoderUnavailable"
            assert said.startswith("lab/tuned was not pushed: ")
            assert words in said
        assert not hub.repositories
        hub.refuse = 0
        kind, said = push(hub.url, folder, tmp_path, repo_id="a/b/c")
        assert (kind, "write it 'organization/name'" in said) == ("EncoderUnavailable", True)
        kind, said = push(hub.url, folder, tmp_path, settings={"HF_HUB_OFFLINE": "1"})
        assert "HF_HUB_OFFLINE is set; unset it" in said
    kind, said = push("http://127.0.0.1:9", folder, tmp_path)
    assert "cannot be reached; check the network" in said
