"""Lines inside a film and beside it, cleaned of markup, at the film's own times."""

import logging
import os
import time

import av
import numpy as np
import pytest

from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.lines import Line, plain_text, voice_of, with_ends
from vidsearch_sdk.video.probe import probe
from vidsearch_sdk.video.sidecars import find_sidecars, read_sidecars
from vidsearch_sdk.video.subtitles import read_subtitles

FIRST = "This is the first subtitle."
FORMATS = {
    "subs-ass.mkv": [(0.0, 0.5, FIRST, "", "Olly")],
    "subs-pgs-bitmap.mkv": [],
    "subs-srt-overlapping.mkv": [
        (0.1, 0.33, "First subtitle - end overlaps second", "", ""),
        (0.15, 0.55, "Third subtitle - fully encompasses second", "", ""),
        (0.2, 0.45, "Second subtitle - beginning overlaps first", "", ""),
    ],
    "subs-srt.mkv": [(0.0, 1.234, FIRST, "eng", "")],
    "subs-webvtt.mkv": [(0.0, 1.234, FIRST, "", "")],
}


def plain(lines):
    return [(round(s.start_s, 3), round(s.end_s, 3), s.text, s.language, s.speaker) for s in lines]


@pytest.mark.parametrize("name", FORMATS)
def test_embedded_tracks(real_videos, name):
    path = real_videos / "formats" / name
    assert plain(read_subtitles(path, info=probe(path))) == FORMATS[name]
    with FrameReader(path, subtitles=True) as reader:
        assert sum(1 for _ in reader) == 30
        assert plain(reader.lines) == FORMATS[name]
    assert plain(reader.lines) == FORMATS[name]
    assert all(line.track == "embedded:2" for line in reader.lines)


def test_mov_text_of_two_tracks(real_videos):
    path = real_videos / "films" / "nasa-webb-mirror.mp4"
    lines = read_subtitles(path, info=probe(path))
    assert [line.track for line in lines] == ["embedded:2"] * 4 + ["embedded:5"] * 4
    assert lines[0].text == "NAR: This is the optical and science segment of the Webb"
    assert (lines[2].start_s, lines[2].end_s, lines[2].language) == (8.35, 12.47, "eng")
    assert "NASA’s" in lines[2].text


def test_a_film_read_without_subtitles_has_no_lines(real_videos):
    with FrameReader(real_videos / "formats" / "subs-srt.mkv") as reader:
        list(reader)
    assert reader.lines == []


def test_embedded_markup_and_damage(tmp_path):
    path = tmp_path / "film.mkv"
    lines = [
        (0, 1000, b"Don&apos;t <i>stop</i>{\\an8}"),
        (500, 900, b"Two\nrows"),
        (2000, 0, b"No end"),
        (3000, 500, b"\xff\xfe\xfa"),
        (4000, 500, b"   "),
    ]
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width = video.height = 32
        video.pix_fmt = "yuv420p"
        text = container.add_stream("srt")
        text.metadata["language"] = "spa"
        text.codec_context.subtitle_header = ASS.partition("Dialogue")[0].encode()
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for start, duration, data in lines:
            packet = av.Packet(data)
            packet.stream, packet.pts, packet.dts, packet.duration = text, start, start, duration
            container.mux(packet)
    seen = plain(read_subtitles(path, info=probe(path)))
    assert (0.0, 1.0, "Don't stop", "spa", "") in seen
    assert (0.5, 1.4, "Two\nrows", "spa", "") in seen
    assert next(end for _, end, text, *_ in seen if text == "No end") == 7.0


SRT = (
    "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Où</i> est &amp; où?\r\n- Là!\r\n\r\n"
    "2\r\n00:01:00,000 --> 00:01:01,000\r\n{\\an8}Haut\r\n"
)
VTT = (
    "WEBVTT\n\nNOTE a note\n\nintro\n00:01.000 --> 00:02.500 align:start\n<v Mary Jones>Hello <b>you</b>\n\n"
    "01:00:00.000 --> 01:00:01.000\n<c.yellow>Late</c>\n"
)
ASS = (
    "[Script Info]\nScriptType: v4.00+\n\n"
    "[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:02.50,Default,Ann,0,0,0,,{\\i1}Two\\Nrows{\\i0}\n"
    "Comment: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,never shown\n"
    "Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\\p1}m 0 0 l 1 1{\\p0}\n"
)


def film(tmp_path, small_film, name="film.mp4"):
    path = tmp_path / name
    path.write_bytes(small_film.read_bytes())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_srt_beside_the_film_in_any_encoding(tmp_path, small_film, encoding):
    path = film(tmp_path, small_film)
    (tmp_path / "film.fr.srt").write_bytes(SRT.encode(encoding))
    lines = read_sidecars(path)
    assert plain(lines) == [(1.0, 2.5, "Où est & où?\n- Là!", "fr", ""), (60.0, 61.0, "Haut", "fr", "")]
    assert {line.track for line in lines} == {"film.fr.srt"}


@pytest.mark.parametrize(
    ("language", "encoding", "words"),
    [
        ("ru", "cp1251", "Поднимайся!"),
        ("ell.forced", "cp1253", "Γειά σου"),
        ("pl", "cp1250", "Źdźbło żółte"),
        ("ja", "cp932", "急いで"),
        ("zh-TW", "big5", "請稍等"),
        ("zh", "gb18030", "请稍等"),
        ("ru", "utf-8", "Поднимайся!"),
        ("fr", "cp1252", "déjà vu"),
    ],
)
def test_old_code_pages_are_those_of_the_language(tmp_path, small_film, language, encoding, words):
    film = tmp_path / "film.mp4"
    film.write_bytes(small_film.read_bytes())
    srt = f"1\n00:00:01,000 --> 00:00:02,000\n{words}\n"
    (tmp_path / f"film.{language}.srt").write_bytes(srt.encode(encoding))
    assert [line.text for line in read_sidecars(film)] == [words]


def test_comments_and_names_of_webvtt_cues_are_not_said(tmp_path, small_film):
    film = tmp_path / "film.mp4"
    film.write_bytes(small_film.read_bytes())
    (tmp_path / "film.vtt").write_text(
        "WEBVTT - a title\n\nNOTE first\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:01.000 --> 00:02.000\nHi\n\nsecond cue\n00:02.000 --> 00:03.000\nHey\nyou\n\n"
        "NOTE of\ntwo rows\n\n3\n00:03.000 --> 00:04.000\nYo\n"
    )
    assert [(line.start_s, line.text) for line in read_sidecars(film)] == [
        (1.0, "Hi"),
        (2.0, "Hey\nyou"),
        (3.0, "Yo"),
    ]


def test_webvtt_and_ass_beside_the_film(tmp_path, small_film):
    path = film(tmp_path, small_film)
    (tmp_path / "film.pt-BR.vtt").write_text(VTT)
    (tmp_path / "film.ass").write_text(ASS)
    lines = read_subtitles(path, info=probe(path))
    assert plain(lines) == [
        (1.0, 2.5, "Two\nrows", "", "Ann"),
        (1.0, 2.5, "Hello you", "pt-BR", "Mary Jones"),
        (3600.0, 3601.0, "Late", "pt-BR", ""),
    ]


def test_times_beside_the_film_count_from_its_start(real_videos, tmp_path):
    path = tmp_path / "late.ts"
    path.write_bytes((real_videos / "formats" / "starts-10s-60fps.ts").read_bytes())
    (tmp_path / "late.srt").write_text(SRT)
    info = probe(path)
    assert info.clock_start_s == pytest.approx(10.01, abs=0.01)
    assert read_subtitles(path, info=info)[0].start_s == pytest.approx(11.01, abs=0.01)


def test_which_files_belong_to_a_film(tmp_path, small_film):
    path = film(tmp_path, small_film)
    film(tmp_path, small_film, "film.two.mp4")
    expected = {
        "film.srt": "",
        "film.en.srt": "en",
        "film.EN.SRT": "EN",
        "film.pt-BR.vtt": "pt-BR",
        "film.zh_Hans.ass": "zh-Hans",
        "film.en.forced.srt": "en",
        "film.sdh.srt": "",
        "film.hi.srt": "hi",
        "film.en.hi.srt": "en",
    }
    others = [
        "film2.srt",
        "film.two.srt",
        "film.two.en.srt",
        "film.director's cut.srt",
        "other.srt",
        "film.txt",
    ]
    for name in [*expected, *others]:
        (tmp_path / name).write_text(SRT)
    assert {file.name: language for file, language in find_sidecars(path)} == expected


def test_bad_files_beside_the_film_are_left_out_with_a_warning(tmp_path, small_film, caplog):
    path = film(tmp_path, small_film)
    (tmp_path / "film.aa.srt").write_bytes(np.random.default_rng(2).bytes(5000))
    (tmp_path / "film.bb.srt").write_text("no subtitles at all\n" * 50)
    (tmp_path / "film.cc.srt").mkdir()
    os.mkfifo(tmp_path / "film.dd.srt")
    (tmp_path / "film.ee.srt").symlink_to("nowhere")
    with (tmp_path / "film.ff.srt").open("wb") as file:
        file.truncate(30_000_000)
    (tmp_path / "film.gg.srt").write_text("{1}{25}frames, not times\n")
    (tmp_path / "film.hh.vtt").write_text(
        "WEBVTT\n\n00:01.000 --> nonsense\nx\n\n99999999999:00:00.000 --> 1\ny\n"
    )
    (tmp_path / "film.ok.srt").write_text(SRT)
    with caplog.at_level(logging.WARNING, "vidsearch_sdk"):
        lines = read_sidecars(path)
    assert {line.track for line in lines} == {"film.ok.srt"}
    for tag in ("aa", "bb", "cc", "dd", "ee", "ff"):
        assert f"film.{tag}.srt" in caplog.text


def test_a_film_in_a_folder_that_is_gone_has_no_sidecars(tmp_path):
    assert read_sidecars(tmp_path / "gone" / "film.mp4") == []


@pytest.mark.parametrize(
    ("marked_up", "expected"),
    [
        ("{\\i1}a{\\i0}", "a"),
        ("a\\Nb\\nc\\hd", "a\nb\nc d"),
        ("<font color='red'>a</font> <b>b</b>", "a b"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("&lt;b&gt;", "<b>"),
        ("<00:01.500>word", "word"),
        ("a\u202eb\x07c\x00d", "abcd"),
        ("\ufeff  a \t b  ", "a b"),
        ("{\\p1}m 0 0{\\p0}after", "after"),
        ("<img src=x onerror=alert(1)>", ""),
        ("e\u0301", "é"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        ("\ud800x", "x"),
    ],
)
def test_markup_comes_off(marked_up, expected):
    assert plain_text(marked_up) == expected


def test_long_lines_are_cut():
    assert len(plain_text("x" * 1_000_000)) == 10_000


def test_hostile_markup_takes_no_time():
    for text in ("{" * 40_000, "<" * 40_000, "<v " * 20_000, "{\\p1" * 10_000, "&" * 40_000):
        plain_text(text)
        voice_of(text)


@pytest.mark.parametrize(
    "unit", ["{\\p1", "<v ", "<", "&#", "00:00:01,000 --> ", "\n\n1\n", "[Events]\n", "Dialogue: "]
)
def test_hostile_files_beside_the_film_take_little_time(tmp_path, small_film, unit):
    path = film(tmp_path, small_film)
    for suffix, head in (
        (".srt", "1\n00:00:01,000 --> 00:00:02,000\n"),
        (".vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n"),
    ):
        (tmp_path / f"film{suffix}").write_text(head + unit * (300_000 // len(unit)))
    started = time.monotonic()
    read_sidecars(path)
    assert time.monotonic() - started < 20


def test_lines_without_an_end_stand_until_the_next():
    def line(start, end):
        return Line(start, end, "x", "", "", "t")

    assert [(x.start_s, x.end_s) for x in with_ends([line(9, 9), line(1, 1), line(3, 4)])] == [
        (1, 3),
        (3, 4),
        (9, 14),
    ]


def test_a_line_checks_its_times():
    with pytest.raises(ValueError, match="cannot stand"):
        Line(2.0, 1.0, "x", "", "", "t")
    with pytest.raises(ValueError, match="cannot stand"):
        Line(float("nan"), 1.0, "x", "", "", "t")
