"""A catalog that is only drawn: handlers as of a search, with pictures and a film of their own."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw

from vidsearch_sdk.errors import DecodeError, QueryError
from vidsearch_sdk.widgets.reply import Reply

RATE = Fraction(25)
FRAMES = 50


@cache
def jpeg(number: int, width: int = 320) -> bytes:
    """A picture of a hill under a sky; each number has its own colors."""
    picture = Image.new(
        "RGB", (width, width * 9 // 16), tuple(int(90 + 60 * np.sin(number + n)) for n in range(3))
    )
    pen = ImageDraw.Draw(picture)
    w, h = picture.size
    pen.ellipse((w * 0.6, h * 0.12, w * 0.6 + h * 0.3, h * 0.42), fill=(244, 226, 180))
    top = h * (0.45 + 0.1 * np.sin(number * 1.7))
    pen.polygon(
        [(0, h), (0, h * 0.75), (w * 0.35, top), (w, h * 0.8), (w, h)], fill=(38, 52 + number % 40, 48)
    )
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


@cache
def film(frames: int = FRAMES) -> list[bytes]:
    """A fragmented MP4 in pieces; the brightness of frame n is 16 + 4 n."""
    out = io.BytesIO()
    box = av.open(out, "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"})
    stream = box.add_stream(
        "libx264", rate=RATE, options={"profile": "baseline", "g": "10", "preset": "ultrafast"}
    )
    stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
    for number in range(frames):
        picture = av.VideoFrame.from_ndarray(np.full((180, 320, 3), 16 + 4 * number % 240, np.uint8), "rgb24")
        box.mux(stream.encode(picture))
    box.mux(stream.encode(None))
    box.close()
    data = out.getvalue()
    # One piece a fragment, the first with what stands before it.
    cuts = [0, *(at - 4 for at in range(len(data)) if data[at : at + 4] == b"moof")][2:]
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


class Pretend:
    """Handlers with what they were asked, and knobs for what goes wrong.

    Attributes:
        asked: Every request that came, in order.
        text: Stands as title, line and detail of each tile where it is given.
        slow_s: How long a reel takes.
        waits: Whether a film that is asked for ahead stops after its first piece until it is wanted.
        too_late: Whether a reel is written by the time it is cancelled.
    """

    def __init__(self, total: int = 120, *, text: str | None = None) -> None:
        self.total = total
        self.text = text
        self.slow_s = 0.6
        self.too_late = False
        self.asked: list[dict[str, Any]] = []
        self.picks: list[dict[str, Any]] = []
        self.trail: list[tuple[str, str, int]] = [("1", text or "a lighthouse in a storm", total)]
        self.at = 0
        self.files: set[str] = {"there.edl", "there.mp4"}
        self.desk: Any = None
        self.play_error = ""
        self.pause_s = 0.0
        self.waits = False
        self.spans = False
        self.seen_cancelled = threading.Event()
        self.view_more: dict[str, Any] = {}

    def handlers(self) -> dict[str, Any]:
        """By name, each noting what it was asked."""
        names = ["open", "tiles", "keyframes", "play", "pick", "unpick", "move", "clear", "thumb", "folded"]
        names += ["played"]
        names += ["more", "unlike", "follows", "back", "forward", "export", "reel", "sheet"]
        return {name: self._noted(name) for name in names}

    def _noted(self, name: str) -> Any:
        work = getattr(self, f"on_{name}")

        def handler(asked: Mapping[str, Any], reply: Reply) -> None:
            self.asked.append(dict(asked))
            work(asked, reply)

        return handler

    def done(self, name: str) -> list[dict[str, Any]]:
        """What was asked under a name."""
        return [one for one in self.asked if one["do"] == name]

    def view(self) -> dict[str, Any]:
        set_, label, total = self.trail[self.at]
        return {
            "set": set_,
            "total": total,
            "counted": f"{total} shots",
            "query": label,
            "took": "4 ms",
            "stages": "words 1 ms, shots 3 ms",
            "corrections": [["lighthuose", "lighthouse"]],
            "expansions": [["storm", ["tempest", "gale"]]],
            "notes": [self.text] if self.text else [],
            "empty": "" if total else "Try fewer words.",
            "trail": [one[1] for one in self.trail[: self.at + 1]],
            "back": self.at > 0,
            "forward": self.at + 1 < len(self.trail),
            "can": {"again": True, "play": True},
            "where": {},
            **self.view_more,
        }

    def tile(self, set_: str, at: int) -> dict[str, Any]:
        number = at + 1 + 1000 * len(set_.split("."))
        seconds = 4.0 * at
        position = f"{int(seconds // 3600):02d}:{int(seconds // 60) % 60:02d}:{seconds % 60:06.3f}"
        title = self.text or f"Harbor at dawn, reel {at % 7 + 1}"
        shot = f"00112233445566aa-{number}"
        parts = (
            [{"label": f"Shot {number + n}", "position": position} for n in range(3)] if self.spans else []
        )
        return {
            "at": at,
            "rank": at + 1,
            "shot_id": shot,
            "key": shot,
            "number": number,
            "title": title,
            "position": position,
            "duration_s": 2.0,
            "length": "2.0 s",
            "timecode": f"01:{int(seconds // 60) % 60:02d}:{int(seconds % 60):02d}:00",
            "rate": [25, 1],
            "score": max(0.05, 0.94 - at * 0.007),
            "score_text": f"{max(0.05, 0.94 - at * 0.007):.2f}",
            "heard": 0.4 if at % 3 == 1 else 0.0,
            "why": "the picture shows it",
            "reasons": "picture 0.81" if at % 2 else "",
            "lines": [{"text": self.text or "Bring the boat around!", "position": position, "language": "en"}]
            if at % 3 == 1
            else [],
            "folded": 5 if at % 5 == 2 else 0,
            "folded_label": "5 more like this" if at % 5 == 2 else "",
            "details": [
                ["shot", str(number)],
                [self.text or "show", self.text or "Dark"],
                ["opened by", "cut"],
            ],
            "parts": parts,
            "parts_left": 0,
            "label": f"Shot {number}, {title} at {position}, score 0.81",
            "image": None,
            "image_error": "",
            "thumb": 0,
            "ratio": 16 / 9,
            "keyframes": 4,
        }

    def on_open(self, _: Any, reply: Reply) -> None:
        tiles, buffers = self._tray()
        reply.done({"view": self.view(), "tray": tiles}, buffers)

    def on_tiles(self, asked: Mapping[str, Any], reply: Reply) -> None:
        total = 5 if "." in asked["set"] else next(one[2] for one in self.trail if one[0] == asked["set"])
        tiles, buffers = [], []
        for at in range(asked["from"], min(total, asked["from"] + asked["count"])):
            tile = self.tile(asked["set"], at)
            if at % 11 == 10:
                tile["image_error"] = self.text or "its keyframe is damaged"
            elif asked["pictures"]:
                for slot in tile["parts"] or [tile]:
                    slot["image"] = len(buffers)
                    buffers.append(jpeg(at % 40))
            tiles.append(tile)
        reply.done({"set": asked["set"], "tiles": tiles}, buffers)

    def on_played(self, _: Any, reply: Reply) -> None:
        reply.done()

    def on_keyframes(self, asked: Mapping[str, Any], reply: Reply) -> None:
        reply.done({"times": [0.25, 0.75, 1.25, 1.75]}, [jpeg(100 + asked["at"] * 4 + n) for n in range(4)])

    def on_play(self, asked: Mapping[str, Any], reply: Reply) -> None:
        if self.play_error:
            raise DecodeError(self.play_error)
        head: dict[str, Any] = {
            "mime": 'video/mp4; codecs="avc1.42c00c"',
            "rate": [25, 1],
            "first_frame": 100 * self._found(asked)["at"],
            "frames": FRAMES,
            "start_timecode": "01:00:00:00",
            "position_s": 4.0 * self._found(asked)["at"],
            "duration_s": 2.0,
        }
        for piece in film():
            if reply.cancelled.wait(self.pause_s):
                self.seen_cancelled.set()
                return
            reply.send(head, [piece])
            if head and self.waits and asked.get("ahead"):
                reply.wanted.wait(20)
            head = {}
        reply.done({"times": [float(n / RATE) for n in range(FRAMES)]})

    def _found(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if asked["set"] != "tray":
            return self.tile(asked["set"], asked["at"])
        return next(one for one in self.picks if one["key"] == asked["key"])

    def _tray(self) -> tuple[list[dict[str, Any]], list[bytes]]:
        tiles = [{**tile, "place": n, "image": n} for n, tile in enumerate(self.picks)]
        return tiles, [jpeg(tile["at"] % 40) for tile in tiles]

    def push_tray(self) -> None:
        tiles, buffers = self._tray()
        self.desk.push({"push": "tray", "tiles": tiles}, buffers)

    def on_pick(self, asked: Mapping[str, Any], _: Reply) -> None:
        self.picks.append({**self._found(asked), "set": asked["set"]})
        self.push_tray()

    def on_unpick(self, asked: Mapping[str, Any], _: Reply) -> None:
        if "place" in asked:
            del self.picks[asked["place"]]
        else:
            key = self._found(asked)["key"]
            self.picks = [one for one in self.picks if one["key"] != key]
        self.push_tray()

    def on_move(self, asked: Mapping[str, Any], _: Reply) -> None:
        self.picks.insert(asked["to"], self.picks.pop(asked["from"]))
        self.push_tray()

    def on_clear(self, _: Mapping[str, Any], __: Reply) -> None:
        self.picks.clear()
        self.push_tray()

    def on_thumb(self, _: Mapping[str, Any], __: Reply) -> None:
        """Kept in what was asked."""

    def on_folded(self, asked: Mapping[str, Any], reply: Reply) -> None:
        reply.done({"set": f"{asked['set']}.{asked['at']}", "total": 5, "label": "5 more like this"})

    def _further(self, words: str, asked: Mapping[str, Any], total: int) -> None:
        asked = {**asked, "at": self._found(asked)["at"]}
        del self.trail[self.at + 1 :]
        self.trail.append((str(len(self.asked) + 1000), f"{words} shot {asked['at'] + 1}", total))
        self.at += 1
        self.desk.push({"push": "view", **self.view()})

    def on_more(self, asked: Mapping[str, Any], _: Reply) -> None:
        self._further("more like", asked, 30)

    def on_unlike(self, asked: Mapping[str, Any], reply: Reply) -> None:
        if reply.cancelled.wait(self.pause_s):
            self.seen_cancelled.set()
            return
        self._further("not like", asked, 7)

    def on_follows(self, asked: Mapping[str, Any], _: Reply) -> None:
        if asked["at"] == 3:
            raise QueryError("nothing follows the last shot of a film")
        self._further("what follows", asked, 0 if asked["at"] == 4 else 3)

    def on_back(self, _: Mapping[str, Any], __: Reply) -> None:
        self.at -= 1
        self.desk.push({"push": "view", **self.view()})

    def on_forward(self, _: Mapping[str, Any], __: Reply) -> None:
        self.at += 1
        self.desk.push({"push": "view", **self.view()})

    def on_export(self, asked: Mapping[str, Any], reply: Reply) -> None:
        if asked["what"] == "tray" and not self.picks:
            raise QueryError("nothing was picked: pick a shot with X first")
        if asked["path"] in self.files and not asked["overwrite"]:
            reply.fail(f"{asked['path']} exists already: give overwrite=True", exists=True)
        else:
            reply.done({"path": f"/films/{asked['path']}"})

    def on_reel(self, asked: Mapping[str, Any], reply: Reply) -> None:
        for step in range(20):
            reply.progress(step / 20, f"shot {step // 7 + 1} of 3")
            if reply.cancelled.wait(self.slow_s / 20):
                self.seen_cancelled.set()
                if self.too_late:
                    break
                return
        self.on_export(asked, reply)

    def on_sheet(self, asked: Mapping[str, Any], reply: Reply) -> None:
        time.sleep(0.01)
        self.on_export(asked, reply)
