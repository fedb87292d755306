"""Two processes of which the second raises, or hangs, where the first waits for it."""

import sys
import time

from vidsearch_sdk.errors import ExecutorError
from vidsearch_sdk.learning.ranks import Ranks

if __name__ == "__main__":
    hangs = sys.argv[1:] == ["hang"]
    ranks = Ranks.current(device="cpu", timeout_s=3.0 if hangs else 60.0)
    ranks.barrier()
    if not ranks.is_first:
        if hangs:
            sys.stdin.read()
        raise RuntimeError("the second process has had enough")
    started = time.monotonic()
    try:
        ranks.barrier()
    except ExecutorError:
        print("waited", time.monotonic() - started, flush=True)  # noqa: T201  (read by the test)
        raise
