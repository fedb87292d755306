"""Run every benchmark, one after the other, and say at the end which bars were met.

Each benchmark is a script of its own that measures both sides in one run, prints a table and ends with 1 when
a bar is missed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

BENCHMARKS = (
    "cuts",
    "sample_encoder",
    "query_quality",
    "feedback",
    "new_words",
    "pooling",
    "languages",
    "copies",
    "search_speed",
    "query_speed",
    "dialogue_speed",
    "embedding_speed",
    "finetune_speed",
    "ingest_speed",
    "proxy_speed",
    "desk_speed",
    "judging",
)


def main() -> int:
    verdicts = []
    for name in BENCHMARKS:
        print(f"\n=== {name} ===", flush=True)
        started = time.perf_counter()
        ended = subprocess.run(
            [sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=False
        ).returncode
        verdicts.append((name, ended, time.perf_counter() - started))
    print("\n=== summary ===")
    for name, ended, seconds in verdicts:
        verdict = {0: "all bars met", 1: "a bar was missed"}.get(ended, f"failed ({ended})")
        print(f"{name:18} {verdict:18} {seconds:7.0f} s")
    return int(any(ended for _, ended, _ in verdicts))


if __name__ == "__main__":
    sys.exit(main())
