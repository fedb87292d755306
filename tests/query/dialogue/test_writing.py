from __future__ import annotations

import time
import unicodedata

import pytest

from vidsearch_sdk.query.dialogue.writing import clusters, folded, one_form, word_pattern


def words(text: str) -> list[str]:
    return [match[1] for match in word_pattern().finditer(one_form(text))]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Élève", "eleve"),
        ("naïve", "naive"),
        ("ŁÓDŹ", "lodz"),
        ("Ærø", "aero"),
        ("GROẞ", "gross"),
        ("İstanbul", "istanbul"),
        ("ılık", "ilik"),
        ("Ώρα", "ωρα"),
        ("ёлка", "елка"),
        ("мой", "мой"),
        ("مُحَمَّد", "محمد"),
        ("أحمد", "احمد"),
        ("שָׁלוֹם", "שלום"),
        ("हिन्दी", "हिन्दी"),
        ("가나", "가나"),
        ("が", "が"),
        ("١٢٣", "123"),
    ],
)
def test_case_and_accents_are_folded_and_letters_are_kept(typed, stored):
    assert folded(one_form(typed)) == unicodedata.normalize("NFC", stored)
    assert folded(one_form(unicodedata.normalize("NFD", typed))) == unicodedata.normalize("NFC", stored)


@pytest.mark.parametrize("text", ["Dog's", "Dog’s", "Dog‘s", "Dogʼs", "Dog`s", "Dog＇s", "D\u200bog's\u2060"])
def test_what_looks_the_same_has_one_form(text):
    assert one_form(text) == "Dog's"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo-bar_baz (qux)…", ["foo", "bar", "baz", "qux"]),
        ("rock'n'roll 'quoted'", ["rock'n'roll", "quoted"]),
        ("नमस्ते, दुनिया।", ["नमस्ते", "दुनिया"]),
        ("வணக்கம் உலகம்", ["வணக்கம்", "உலகம்"]),
        ("❤️ 🐶🐱 ♪ la ♪", ["❤", "🐶", "🐱", "♪", "la", "♪"]),
        ("می‌خواهم", ["میخواهم"]),
        ("-- ?! * \" ' # … ،", []),
        ("\ud800a\udfff", ["a"]),
    ],
)
def test_words_are_told_apart(text, expected):
    assert words(text) == expected


def test_marks_stay_with_their_letter():
    assert clusters("ที่รัก") == ["ที่", "รั", "ก"]
    assert clusters("កម្ពុជា") == ["ក", "ម្", "ពុ", "ជា"]


@pytest.mark.parametrize("text", ["a'" * 50_000, "'" * 100_000, "\u0301" * 100_000, "a\u0301'" * 30_000])
def test_no_text_takes_long(text):
    start = time.process_time()
    words(text)
    folded(one_form(text))
    assert time.process_time() - start < 2.0
