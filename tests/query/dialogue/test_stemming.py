from __future__ import annotations

import pytest

from vidsearch_sdk.query.dialogue.stemming import Stemmers


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("ar", "المعلمون", "معلم"),
        ("da", "huse", "huset"),
        ("nl", "honden", "hond"),
        ("en", "running", "runs"),
        ("fi", "talossa", "talo"),
        ("fr", "mangées", "manger"),
        ("de", "Häuser", "Häusern"),
        ("el", "σκύλος", "σκύλο"),
        ("hu", "házak", "házat"),
        ("it", "ragazzi", "ragazzo"),
        ("no", "husene", "huset"),
        ("pt", "meninos", "menino"),
        ("ro", "băieților", "băieți"),
        ("ru", "собаками", "собака"),
        ("es", "canciones", "canción"),
        ("sv", "hundarna", "hundar"),
        ("tr", "kitaplar", "kitap"),
    ],
)
def test_forms_of_a_word_have_one_root(language, one, other):
    stemmers = Stemmers()
    assert stemmers.root(one, language) == stemmers.root(other, language)
    assert stemmers.root(one, language).startswith(f"{language}/")


def test_a_language_without_stemmer_keeps_the_word():
    assert Stemmers().root("Żółw", "pl") == "/zołw".replace("ł", "l")
    assert Stemmers().root("Dogs", "") == "/dogs"


def test_a_word_typed_without_its_accents_has_the_root_too():
    stemmers = Stemmers()
    assert stemmers.root("canción", "es") in stemmers.roots("CANCION", ["es", "en"])
    assert stemmers.root("Mädchen", "de") in stemmers.roots("madchen", ["de"])


def test_turkish_dots_its_capitals_its_own_way():
    stemmers = Stemmers()
    assert stemmers.root("KIZLAR", "tr") == stemmers.root("kızlar", "tr")
