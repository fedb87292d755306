"""From events to tables: searches with what became of them, stages, days, queries. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

ABANDONED_S = 600.0
"""A search of which nothing was picked, played or judged for so long was abandoned."""
TYPING_S = 2.0
"""Words that were replaced sooner were still being typed."""
PAUSE_S = 1800.0
"""After a pause of so long a new session begins."""

SEARCHES: Mapping[str, str] = {
    "search": "str",
    "session": "str",
    "words": "str",
    "read": "str",
    "kind": "str",
    "hits": "Int64",
    "took_ms": "float64",
    "filtered": "boolean",
    "encoder": "str",
    "generation": "str",
    "shown": "boolean",
    "picks": "Int64",
    "plays": "Int64",
    "thumbs_up": "Int64",
    "thumbs_down": "Int64",
    "first_pick_s": "float64",
    "abandoned": "boolean",
    "hashed": "boolean",
}
"""Columns of the table of searches and their types, after ``at``."""

Event = Mapping[str, Any]


def searches_of(events: Sequence[Event], *, now_s: float | None = None) -> pd.DataFrame:
    """Give one row per search, with what became of it.

    Args:
        events: What was noted.
        now_s: Seconds since 1970; a search that is younger than ten minutes is not abandoned yet.

    Returns:
        ``at`` (UTC) and ``SEARCHES``. ``abandoned`` is missing where nobody looked at the answer (a script),
        where the words were still being typed, where the same words were asked again, or where it is too
        early to tell.
    """
    now = time.time() if now_s is None else now_s
    done: dict[tuple[str, int], list[Event]] = {}
    for event in events:
        if event["event"] != "search":
            done.setdefault((str(event["session"]), int(event["search"])), []).append(event)
    found = sorted(
        (event for event in events if event["event"] == "search"),
        key=lambda event: (str(event["session"]), float(event["at"]), int(event["n"])),
    )
    rows = []
    part = 0
    for place, event in enumerate(found):
        before = found[place - 1] if place else None
        same = before is not None and before["session"] == event["session"]
        if not same:
            part = 0
        elif before is not None and event["at"] - before["at"] > PAUSE_S:
            part += 1
        after = found[place + 1] if place + 1 < len(found) else None
        if after is not None and after["session"] != event["session"]:
            after = None
        of_it = done.get((str(event["session"]), int(event["n"])), [])
        rows.append({**_row(event, of_it, after, now), "session": f"{event['session']}.{part}"})
    frame = pd.DataFrame(rows, columns=["at", *SEARCHES])
    frame["at"] = pd.to_datetime(frame["at"], unit="s", utc=True).astype("datetime64[us, UTC]")
    return frame.astype(dict(SEARCHES)).sort_values("at", kind="stable", ignore_index=True)


def _row(event: Event, done: Sequence[Event], after: Event | None, now: float) -> dict[str, Any]:
    at = float(event["at"])
    thumbs: dict[str, int] = {}
    for one in done:
        if one["event"] == "thumb":
            thumbs[str(one["shot_id"])] = int(one["value"])
    picks = [one for one in done if one["event"] == "pick"]
    return {
        "at": at,
        "search": f"{event['session']}-{event['n']}",
        "words": str(event["words"]),
        "read": str(event.get("read") or event["words"]),
        "kind": str(event["kind"]),
        "hits": int(event["hits"]),
        "took_ms": float(event["took_ms"]),
        "filtered": bool(event.get("filtered", False)),
        "encoder": str(event.get("encoder", "")),
        "generation": str(event.get("generation", "")),
        "shown": any(one["event"] == "shown" for one in done) or bool(picks) or bool(thumbs),
        "picks": len({str(one["shot_id"]) for one in picks}),
        "plays": len({str(one["shot_id"]) for one in done if one["event"] == "play"}),
        "thumbs_up": sum(thumb > 0 for thumb in thumbs.values()),
        "thumbs_down": sum(thumb < 0 for thumb in thumbs.values()),
        "first_pick_s": min((float(one["at"]) - at for one in picks), default=np.nan),
        "abandoned": _abandoned(event, done, after, now),
        "hashed": bool(event.get("hashed", False)),
    }


def _abandoned(event: Event, done: Sequence[Event], after: Event | None, now: float) -> bool | None:
    at = float(event["at"])
    used = any(one["event"] in ("pick", "play", "thumb") and one["at"] - at <= ABANDONED_S for one in done)
    if used:
        return False
    if not any(one["event"] == "shown" for one in done):
        return None
    if after is not None and after["at"] - at <= ABANDONED_S:
        same = after["words"] == event["words"] and after["kind"] == event["kind"] == "words"
        return None if same or after["at"] - at < TYPING_S else True
    return True if now - at > ABANDONED_S else None


def stages_of(events: Iterable[Event]) -> pd.DataFrame:
    """Give the time of each stage of a search, the whole search last.

    Returns:
        ``stage``, ``searches``, ``p50_ms``, ``p95_ms``, ``p99_ms``, and ``share`` of all time.
    """
    took: dict[str, list[float]] = {}
    whole: list[float] = []
    for event in events:
        if event["event"] == "search":
            whole.append(float(event["took_ms"]))
            for stage, milliseconds in event.get("stages_ms", {}).items():
                took.setdefault(str(stage), []).append(float(milliseconds))
    rows = []
    for stage, values in [*took.items(), ("whole search", whole)]:
        if values:
            p50, p95, p99 = np.percentile(values, (50, 95, 99))
            rows.append((stage, len(values), p50, p95, p99, sum(values) / max(sum(whole), 1e-9)))
    columns = ["stage", "searches", "p50_ms", "p95_ms", "p99_ms", "share"]
    return pd.DataFrame(rows, columns=columns)


def days_of(searches: pd.DataFrame) -> pd.DataFrame:
    """Give one row per day (UTC) on which somebody searched.

    Returns:
        ``day``, ``searches``, ``sessions``, ``used`` (picked, played or judged), ``abandoned``, ``nothing``
        (no hit), ``picks``, ``p50_ms`` and ``p95_ms``.
    """
    rows = []
    for day, of_day in searches.groupby(searches["at"].dt.floor("D"), sort=True):
        p50, p95 = np.percentile(of_day["took_ms"], (50, 95))
        rows.append(
            {
                "day": day,
                "searches": len(of_day),
                "sessions": of_day["session"].nunique(),
                "used": int(is_used(of_day).sum()),
                "abandoned": int(of_day["abandoned"].fillna(value=False).sum()),
                "nothing": int((of_day["hits"] == 0).sum()),
                "picks": int(of_day["picks"].sum()),
                "p50_ms": float(p50),
                "p95_ms": float(p95),
            }
        )
    columns = ["day", "searches", "sessions", "used", "abandoned", "nothing", "picks", "p50_ms", "p95_ms"]
    return pd.DataFrame(rows, columns=columns)


def queries_of(searches: pd.DataFrame) -> pd.DataFrame:
    """Give one row per query in words, those asked most first.

    Returns:
        ``words``, ``searches``, ``sessions``, ``picks``, ``abandoned`` and ``nothing``.
    """
    worded = searches[searches["words"] != ""]
    rows = [
        {
            "words": str(words),
            "searches": len(of_words),
            "sessions": of_words["session"].nunique(),
            "picks": int(of_words["picks"].sum()),
            "abandoned": int(of_words["abandoned"].fillna(value=False).sum()),
            "nothing": int((of_words["hits"] == 0).sum()),
        }
        for words, of_words in worded.groupby("words", sort=False)
    ]
    columns = ["words", "searches", "sessions", "picks", "abandoned", "nothing"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("searches", ascending=False, kind="stable", ignore_index=True)


def is_used(searches: pd.DataFrame) -> pd.Series[bool]:
    """Say of which searches something was picked, played or given a thumb."""
    return (searches[["picks", "plays", "thumbs_up", "thumbs_down"]].sum(axis=1) > 0).astype(bool)
