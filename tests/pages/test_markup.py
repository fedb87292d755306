import unicodedata

import pytest

from tests.results.hostile import HOSTILE
from vidsearch_sdk.pages.markup import Markup, element, escape, plain


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_keeps_what_could_mislead(text):
    line = plain(text)
    assert len(line) <= 200
    line.encode("utf-8")
    assert all(unicodedata.category(letter) not in {"Cc", "Cs", "Zl", "Zp"} for letter in line)
    assert not any(
        letter in line for letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
    )
    assert not set(escape(text)) & set("<>\"'")


def test_text_that_means_well_stays_as_it_is():
    for text in ("Amélie – 3 × “Łódź”", "千と千尋の神隠し", "👩‍🚀 astronaut", "نمی‌خواهم", "1 < 2 & 3"):
        assert plain(text) == unicodedata.normalize("NFC", text)


def test_a_long_text_is_cut_with_an_ellipsis():
    assert plain("x" * 300) == "x" * 199 + "…"
    assert len(plain("x" * 50_000_000, limit=10)) == 10


def test_finished_markup_is_not_escaped_again_but_never_trusted_in_an_attribute():
    inner = element("b", "1 < 2")
    assert element("p", inner) == "<p><b>1 &lt; 2</b></p>"
    assert element("p", title=Markup('"><script>')) == '<p title="&quot;&gt;&lt;script&gt;"></p>'


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", " JavaScript:x", "vbscript:x", "data:text/html,x", "java\nscript:x"]
)
def test_no_link_leads_to_a_script(address):
    with pytest.raises(ValueError, match="address"):
        element("a", href=address)


def test_pictures_come_only_from_the_page_itself():
    with pytest.raises(ValueError, match="address"):
        element("img", src="https://evil.example/x.png")
    assert element("a", href="film.mp4#t=1,2") == '<a href="film.mp4#t=1,2"></a>'


def test_a_tag_is_never_made_of_a_text():
    with pytest.raises(ValueError, match="element"):
        element("p onclick=alert(1)")
