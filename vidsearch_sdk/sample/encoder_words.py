"""The words of the sample world as the sample encoder ships them.

``python -m vidsearch_sdk.sample.encoder_words --out FOLDER`` writes them into an encoder's folder, for one
that was trained before its words were listed; nothing else in it is changed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from vidsearch_sdk.encoding.words import WORDS_NAME, write_words
from vidsearch_sdk.sample.captions import known_words


def main(arguments: list[str] | None = None) -> int:
    """Write the list; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m vidsearch_sdk.sample.encoder_words", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help=f"folder of an encoder, for its {WORDS_NAME}")
    given = parser.parse_args(arguments)
    write_words(given.out / WORDS_NAME, known_words())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
