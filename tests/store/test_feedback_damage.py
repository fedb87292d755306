"""What is kept of people's picks and searches is verified like everything else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.store.interleavings import INTERLEAVING_FOLDER, Session, StoredInterleavings
from vidsearch_sdk.store.json_file import encode_json
from vidsearch_sdk.store.usage_parts import USAGE_SWITCH


@pytest.fixture
def catalog(tmp_path):
    catalog = Catalog(tmp_path / "catalog")
    catalog.keep_usage(words="hashed")
    session = Session("0123456789ab", "a dog", {"one": 1, "other": 0}, ["f-1"], datetime.now(UTC).isoformat())
    StoredInterleavings(catalog._disk).add(session)
    return catalog


def found(catalog):
    problems = catalog.verify(progress=False)
    assert all("Remove that one file" in one for one in problems["remedy"])
    return problems[["kind", "file"]].to_numpy().tolist()


def test_damage_of_compared_searches_is_found(catalog):
    assert found(catalog) == []
    (path,) = (Path(catalog.location) / INTERLEAVING_FOLDER).glob("*.json")
    whole = path.read_bytes()
    for damaged in (whole[:-1], b"", encode_json({"format": 1, "id": "0123456789ab"})):
        path.write_bytes(damaged)
        assert found(catalog) == [["interleaving", f"{INTERLEAVING_FOLDER}/{path.name}"]]
    path.write_bytes(encode_json({"format": 99}))
    assert found(catalog) == []


def test_damage_of_the_switch_is_found_and_searches_go_on(catalog):
    path = Path(catalog.location) / USAGE_SWITCH
    whole = path.read_bytes()
    wrong = {"format": 1, "on": True, "words": "hashed", "key": "no digits"}
    for damaged in (whole[:-1], b"", encode_json({"format": 1}), encode_json(wrong)):
        path.write_bytes(damaged)
        assert found(catalog) == [["usage", USAGE_SWITCH]]
        assert not Catalog(catalog.location).recorder.is_on
    catalog.keep_usage(words="hashed")
    assert found(catalog) == []
