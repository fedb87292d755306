"""Subtitle files beside a film: ``film.srt``, ``film.en.srt``, ``film.pt-BR.vtt``, ``film.ass``."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

from vidsearch_sdk.errors import VidsearchError
from vidsearch_sdk.video.lines import Line, clean, plain_text, voice_of, with_ends
from vidsearch_sdk.video.opening import display_name, open_regular_file

_LOG = logging.getLogger("vidsearch_sdk")

_SUFFIXES = (".srt", ".vtt", ".ass", ".ssa")
_LARGEST = 20_000_000  # bytes; a film's worth of styled ASS is 1 to 5 MB
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}")
_BLANK_ROWS = re.compile(r"\n{2,}")
_CODE_PAGES = {
    "cp1250": "pl pol cs cze ces sk slo slk hu hun sl slv hr hrv bs bos ro rum ron sq alb sqi",
    "cp1251": "ru rus uk ukr be bel bg bul sr srp mk mac mkd kk kaz mn mon",
    "cp1253": "el gre ell",
    "cp1254": "tr tur az aze",
    "cp1255": "he heb iw yi yid",
    "cp1256": "ar ara fa per fas ur urd",
    "cp1257": "et est lv lav lt lit",
    "cp1258": "vi vie",
    "cp874": "th tha",
    "cp932": "ja jpn",
    "cp949": "ko kor",
    "gb18030": "zh chi zho cmn",
}
_TRADITIONAL_CHINESE = frozenset({"hant", "tw", "hk", "mo"})
_NOT_A_LANGUAGE = frozenset({"forced", "sdh", "cc", "hi", "default", "full", "signs", "songs"})


def read_sidecars(path: str | os.PathLike[str], *, clock_start_s: float = 0.0) -> list[Line]:
    """Read the subtitle files that lie beside a film and carry its name.

    A file that is no subtitle file, too large or not readable is left out with a warning.

    Args:
        path: The film.
        clock_start_s: Where the film's clock begins; the files' times count from there.

    Returns:
        All lines, by file and then by start.
    """
    lines: list[Line] = []
    for file, language in find_sidecars(path):
        name = display_name(file)
        try:
            text = _decode(_read(file), language)
            lines += _parse(text, language=language, track=name, clock_start_s=clock_start_s)
        except VidsearchError as error:
            _LOG.warning("subtitle file left out: %s", error)
        except Exception as error:
            _LOG.warning("subtitle file %s left out: %s", name, type(error).__name__)
    return lines


def find_sidecars(path: str | os.PathLike[str]) -> list[tuple[Path, str]]:
    """List the subtitle files of a film with the language that their names tell (or an empty string)."""
    film = Path(path)
    try:
        names = sorted(os.listdir(film.parent))  # noqa: PTH208 - a name may be no valid text
    except OSError:
        return []
    stems_of_films = {Path(name).stem for name in names if Path(name).suffix.lower() not in _SUFFIXES}
    found = []
    for name in names:
        stem, suffix = os.path.splitext(name)  # noqa: PTH122
        if suffix.lower() not in _SUFFIXES:
            continue
        if stem == film.stem:
            found.append((film.parent / name, ""))
        elif stem.startswith(f"{film.stem}.") and stem not in stems_of_films:
            language = _language_of(stem[len(film.stem) + 1 :])
            if language is not None:
                found.append((film.parent / name, language))
    return found


def _language_of(tags: str) -> str | None:
    """Read ``en``, ``pt-BR`` or ``en.forced``; None when it is something else, so another film's file."""
    language = ""
    for tag in tags.split("."):
        if tag.lower() in _NOT_A_LANGUAGE and not (tag.lower() == "hi" and not language):
            continue
        if language or not _LANGUAGE.fullmatch(tag):
            return None
        language = tag.replace("_", "-")
    return language


def _read(file: Path) -> bytes:
    descriptor = open_regular_file(file)
    with os.fdopen(descriptor, "rb") as handle:
        size = os.fstat(descriptor).st_size
        if size > _LARGEST:
            raise ValueError(f"{size} bytes")
        return handle.read(_LARGEST)


def _decode(data: bytes, language: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    elif data[1:200:2].count(0) > 50:
        text = data.decode("utf-16-le", "replace")
    elif data[0:200:2].count(0) > 50:
        text = data.decode("utf-16-be", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode(_code_page(language), "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _code_page(language: str) -> str:
    """Give Windows' code page of a language (Microsoft, "Code Page Identifiers"), by its ISO 639 tag.

    Without a language it is the Western one, where a wrong guess spoils accents, not words.
    """
    first, *others = language.lower().split("-")
    if first in ("zh", "chi", "zho") and not _TRADITIONAL_CHINESE.isdisjoint(others):
        return "big5hkscs"
    return next((page for page, tags in _CODE_PAGES.items() if first in tags.split()), "cp1252")


def _cues_alone(webvtt: str) -> str:
    """Leave out what is no cue: pysubs2 takes comments and the names of cues for words (W3C WebVTT, 4.1)."""
    cues = []
    for block in _BLANK_ROWS.split(webvtt):
        rows = block.split("\n")
        at = next((index for index, row in enumerate(rows[:2]) if "-->" in row), None)
        if at is not None:
            cues.append("\n".join(rows[at:]))
    return "\n\n".join(["WEBVTT", *cues, ""])


def _parse(text: str, *, language: str, track: str, clock_start_s: float) -> list[Line]:
    import pysubs2  # here, because few films have such a file and a decoding process starts sooner without

    # Unknown tags are kept so that WebVTT's voices can be read; plain_text takes them off.
    options = {} if "[Events]" in text else {"keep_unknown_html_tags": True}
    if text.lstrip().startswith("WEBVTT"):
        text = _cues_alone(text)
    parsed = pysubs2.SSAFile.from_string(text, **options)
    lines = []
    for event in parsed.events:
        words = "" if event.is_comment else plain_text(event.text)
        if not words:
            continue
        start = clock_start_s + event.start / 1000
        end = max(start, clock_start_s + event.end / 1000)
        speaker = clean(event.name) or voice_of(event.text)
        lines.append(Line(start, end, words, language, speaker[:200], track))
    return with_ends(lines)
