"""What other processes do to a catalog that keeps its usage."""

from __future__ import annotations

import os
import signal
import sys
import time

from vidsearch_sdk.catalog import Catalog


def note(catalog: Catalog, count: int, me: str) -> None:
    for number in range(count):
        answered = catalog.recorder.searched(
            f"{me} {number}", read="", kind="words", hits=1, stages={"encode": 0.001}, took_s=0.002, facts={}
        )
        assert answered is not None
        answered.shown()


def main(location: str, me: str, how: str) -> None:
    catalog = Catalog(location)
    assert catalog.recorder.is_on
    note(catalog, 50, me)
    if how == "fork":
        # As if the thread that writes were at it.
        catalog.recorder._writing.acquire()
        catalog.recorder._guard.acquire()
        child = os.fork()
        if not child:
            note(catalog, 5, "child of")
            catalog.recorder.flush()
            os._exit(0)
        os.waitpid(child, 0)
        catalog.recorder._guard.release()
        catalog.recorder._writing.release()
    if how == "kill":
        time.sleep(3.5)  # what is older than two seconds is on the disk
        note(catalog, 5, "too late for")
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
