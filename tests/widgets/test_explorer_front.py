"""The search desk above the grid, as a person uses it: a real explorer over three small films."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import vidsearch_sdk as vs
from tests.explorer.conftest import wait_for
from tests.query.concepts import index_of
from tests.results.hostile import HOSTILE
from vidsearch_sdk.explorer.explorer import Explorer
from vidsearch_sdk.shot_index import ShotIndex

FILMS = [
    ["dog", "dog beach", "cat", "beach", "night", *[""] * 5],
    ["cat", "dog night", "train", "umbrella", *[""] * 6],
    ["dog", "lighthouse", "beach", *[""] * 7],
]
OWNS = [
    {"show": "Dark", "year": 2019, "aired": "2019-06-21", "hand_held": True, "rating": 8.5, "crew": "Baran"},
    {"show": "Light", "year": 2021, "hand_held": False, "rating": 7.0, "crew": "Jantje"},
    {"show": "Dark", "year": 1999, "hand_held": True, "rating": 9.25},
]


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> ShotIndex:
    made = index_of(tmp_path_factory.mktemp("films") / "catalog", [[*shots] for shots in FILMS], owns=OWNS)
    made._catalog.synonyms.add("hound", "dog")
    return made


class Held(ShotIndex):
    """An index whose searches for some words wait to be let go."""

    def __init__(self, index: ShotIndex, *held: str) -> None:
        self.__dict__.update(index.__dict__)
        self.gates = {words: threading.Event() for words in held}

    def search(self, query: Any, **options: Any) -> Any:
        gate = self.gates.get(getattr(query, "words", str(query)))
        if gate is not None:
            assert gate.wait(30)
        return super().search(query, **options)


class Front:
    """An explorer in a page.

    Attributes:
        explorer: The explorer behind it.
        page: The page.
    """

    def __init__(self, explorer: Explorer, page: Page) -> None:
        self.explorer, self.page = explorer, page

    @property
    def root(self) -> Locator:
        return self.page.locator(".vs-desk")

    @property
    def box(self) -> Locator:
        return self.page.get_by_label("What are you looking for?")

    @property
    def head(self) -> Locator:
        return self.root.locator(".vs-told-head")

    @property
    def chips(self) -> Locator:
        return self.root.locator(".vx-chip")

    def ask(self, query: str) -> None:
        self.box.fill(query)
        self.box.press("Enter")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def open_filters(self) -> Locator:
        self.page.get_by_role("button", name="Filters").first.click()
        panel = self.page.get_by_role("region", name="Filters")
        expect(panel.locator("fieldset[data-column]").first).to_be_visible()
        return panel

    def focused(self) -> str:
        return self.page.evaluate(
            "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
        )


@pytest.fixture
def front(chromium, wire, index) -> Iterator[Callable[..., Front]]:
    """Show an explorer: ``front(query, index=…, width=…, **options of explore)``."""
    made: list[tuple[Explorer, Any, list[str]]] = []

    def shown(
        query: Any = None,
        *,
        over: ShotIndex | None = None,
        explorer: Explorer | None = None,
        width: int = 1000,
        wait: bool = True,
        **options: Any,
    ) -> Front:
        explorer = explorer or vs.explore(index if over is None else over, query, **options)
        desk = explorer._desk("")
        context = chromium.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        page = context.new_page()
        page.set_default_timeout(15_000)
        errors: list[str] = []
        made.append((explorer, context, errors))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(wire.url)
        page.wait_for_function("window.ready")
        page.evaluate("(name) => mount(name)", wire.connect(desk))
        if wait:
            expect(page.locator(".vs-desk.vs-ready")).to_be_attached()
            expect(page.locator(".vs-told-head")).to_contain_text("shot")
        return Front(explorer, page)

    yield shown
    for explorer, context, _ in made:
        context.close()
        explorer.close()
    for _, _, errors in made:
        assert errors == [], "the page's scripts went wrong"


def test_it_begins_with_all_shots_and_finds_what_is_typed(front):
    one = front()
    expect(one.head).to_contain_text("30 shots")
    one.ask("dog")
    expect(one.head).to_contain_text("4 shots for dog")
    assert one.explorer.query == "dog"
    assert one.focused() == "What are you looking for?"
    expect(one.root.locator("div.vs-unseen")).to_contain_text("4 shots for dog")
    one.ask('text("dog").then(text("cat"), within_s=20)')
    expect(one.head).to_contain_text("span")
    one.page.get_by_role("button", name="Search").click()
    expect(one.head).to_contain_text("span")
    assert one.explorer.history == ['text("dog").then(text("cat"), within_s=20)', "dog"]


def test_python_writes_into_the_box_but_not_over_what_is_being_typed(front):
    one = front("dog")
    expect(one.box).to_have_value("dog")
    one.explorer.query = vs.text("cat")
    expect(one.box).to_have_value('text("cat")')
    one.explorer.where = {"show": "Light"}
    expect(one.chips).to_have_count(1)
    expect(one.chips).to_contain_text("Light")
    one.box.click()
    one.box.press_sequentially(" & ")
    one.explorer.query = "train"
    expect(one.head).to_contain_text("for train")
    expect(one.box).to_have_value('text("cat") & ')
    one.press("Escape")
    expect(one.box).to_have_value("train")


def test_a_mistake_is_said_below_the_box_with_its_place(front):
    one = front("dog")
    one.ask('text("a dog") & say("key")')
    error = one.root.get_by_role("alert")
    expect(error).to_contain_text("did you mean says")
    expect(error.locator("mark")).to_have_text("say")
    expect(one.box).to_have_attribute("aria-invalid", "true")
    chosen = "() => [document.activeElement.selectionStart, document.activeElement.selectionEnd]"
    assert one.page.evaluate(chosen) == [16, 19]
    # What was shown stays, and so does what was typed.
    expect(one.head).to_contain_text("for dog")
    expect(one.box).to_have_value('text("a dog") & say("key")')
    one.box.press_sequentially("says")
    expect(error).to_have_count(0)
    expect(one.box).not_to_have_attribute("aria-invalid", "true")
    one.press("Enter")
    expect(one.root.locator(".vs-empty")).to_be_visible()


def test_words_that_were_put_right_or_widened_can_be_left_alone_by_key(front):
    one = front("a hound and an umbrela")
    chips = one.root.get_by_role("list", name="How the words were read").get_by_role("listitem")
    expect(chips).to_have_count(2)
    expect(chips.nth(0)).to_have_text("umbrela → umbrella")
    expect(chips.nth(1)).to_have_text("hound + dog")
    one.box.focus()
    one.press("Tab", "Tab", "Tab", "Tab")
    assert one.focused() == "Search for “umbrela” as typed"
    one.press("ArrowRight")
    assert one.focused() == "Search for “hound” alone"
    one.press("Delete")
    expect(chips.nth(1)).to_have_text("hound alone")
    assert one.explorer._asked.alone == {"hound"}
    # The focus stays at its place in the row.
    expect(chips.nth(1).get_by_role("button")).to_be_focused()
    one.press("ArrowLeft")
    assert one.focused() == "Search for “umbrela” as typed"
    one.press("Backspace")
    expect(chips.filter(has_text="as typed")).to_have_count(1)
    assert one.explorer._asked.as_typed == {"umbrela"}
    one.root.get_by_role("button", name="Let “umbrela” be put right").click()
    expect(chips.filter(has_text="umbrela → umbrella")).to_have_count(1)
    one.ask("cat")
    expect(chips).to_have_count(0)
    assert one.explorer._asked.alone == set()


def test_filters_are_set_and_taken_away_by_keyboard(front):
    one = front("dog")
    opener = one.page.get_by_role("button", name="Filters").first
    opener.focus()
    one.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    panel = one.page.get_by_role("region", name="Filters")
    show = panel.get_by_role("group", name="show", exact=True)
    expect(show.get_by_role("checkbox")).to_have_count(2)
    expect(show.locator(".vx-choice").first).to_contain_text("Dark20")
    show.get_by_role("checkbox", name="Dark").focus()
    one.press(" ")
    expect(one.head).to_contain_text("3 shots")
    assert one.explorer.where == {"show": ["Dark"]}
    year = panel.get_by_role("group", name="year").get_by_role("checkbox", name="2019")
    year.focus()
    one.press(" ")
    expect(one.head).to_contain_text("2 shots")
    rating = panel.get_by_role("textbox", name="rating from").or_(panel.get_by_label("rating from"))
    rating.first.focus()
    one.page.keyboard.type("9")
    one.press("Enter")
    expect(one.root.locator(".vs-empty")).to_contain_text("fewer filters")
    assert one.explorer.where == {"show": ["Dark"], "year": [2019], "rating": (9, None)}
    filters = one.root.get_by_role("list", name="Filters that are set")
    expect(filters.get_by_role("listitem")).to_have_text(["rating from 9", "show Dark", "year 2019"])
    one.root.get_by_role("button", name="Remove the filter rating: from 9").focus()
    one.press("Delete")
    expect(one.head).to_contain_text("2 shots")
    expect(panel.get_by_label("rating from")).to_have_value("")
    # The focus went on to the next one.
    expect(one.root.get_by_role("button", name="Remove the filter show: Dark")).to_be_focused()
    one.press("Delete")
    expect(one.root.get_by_role("button", name="Remove the filter year: 2019")).to_be_focused()
    expect(show.get_by_role("checkbox", name="Dark")).not_to_be_checked()
    one.press("Delete")
    # The last one gone, the box is next.
    expect(one.box).to_be_focused()
    assert one.explorer.where == {}


def test_every_kind_of_filter(front):
    one = front("dog")
    panel = one.open_filters()
    held = panel.get_by_role("group", name="hand held")
    held.get_by_role("checkbox", name="yes").check()
    expect(one.head).to_contain_text("3 shots")
    assert one.explorer.where == {"hand_held": [True]}
    held.get_by_role("checkbox", name="yes").uncheck()
    expect(one.head).to_contain_text("4 shots")
    panel.get_by_text("More columns").click()
    text = panel.get_by_label("shot id contains")
    text.fill("-1")
    text.press("Enter")
    expect(one.head).to_contain_text("2 shots")
    assert one.explorer.where == {"shot_id": vs.Contains("-1")}
    one.root.get_by_role("button", name="Clear filters").click()
    expect(one.head).to_contain_text("4 shots")
    expect(text).to_have_value("")
    # Several ticks in a row are one search.
    before = len(one.explorer._showing._visits)
    films = panel.get_by_role("group", name="film", exact=True).get_by_role("checkbox")
    films.evaluate_all("(boxes) => boxes.slice(0, 2).forEach((box) => box.click())")
    expect(one.head).to_contain_text("3 shots")
    assert len(one.explorer._showing._visits) == before + 1, one.explorer._showing.view()["trail"]
    most = panel.get_by_label("Shots at most")
    most.fill("2")
    most.press("Enter")
    expect(one.head).to_contain_text("2 shots")
    panel.get_by_label("Shots of one film at most").fill("1")
    panel.get_by_label("fold look-alikes").uncheck()
    wait_for(lambda: dict(one.explorer._asked.options) == {"k": 2, "per_film": 1, "fold": False})


def test_what_cannot_be_filtered_so_is_said_in_words(front):
    one = front("dog")
    panel = one.open_filters()
    panel.get_by_label("rating from").fill("9")
    panel.get_by_label("rating from").press("Enter")
    expect(one.chips).to_contain_text("from 9")
    panel.get_by_label("rating to").fill("8")
    panel.get_by_label("rating to").press("Enter")
    expect(one.root.get_by_role("alert")).to_contain_text("rating: from 9 is above to 8")
    assert one.explorer.where in ({}, {"rating": (9, None)})
    one.explorer.where = {"show": vs.Not("Light"), "year": [7]}
    expect(panel.locator('[data-column="show"] .vx-set')).to_have_text("not Light")
    expect(panel.locator('[data-column="year"] .vx-set')).to_have_text("7")


def test_an_empty_answer_offers_what_helps(front):
    one = front("lighthouse", where={"show": "Light"})
    offers = one.root.locator(".vs-empty button")
    expect(offers).to_have_text(["Clear filters", "Show the nearest"])
    offers.nth(1).click()
    expect(one.root.locator(".vs-empty")).to_have_count(0)
    assert one.explorer._asked.options["min_score"] == 0.0
    one.explorer.search(min_score=None)
    expect(one.root.locator(".vs-empty")).to_have_count(1)
    offers.nth(0).click()
    expect(one.chips).to_have_count(0)
    expect(one.root.locator(".vs-empty")).to_have_count(0)
    assert one.explorer.where == {}


def test_past_queries_by_key_and_from_the_list(front):
    one = front("dog")
    for query, counted in (("cat", "2 shots"), ("train", "1 shot")):
        one.ask(query)
        expect(one.head).to_contain_text(f"{counted} for {query}")
    one.box.fill("")
    for key, query in [("Up", "train"), ("Up", "cat"), ("Up", "dog"), ("Up", "dog"), ("Down", "cat")]:
        one.press(f"Arrow{key}")
        expect(one.box).to_have_value(query)
    one.press("Enter")
    expect(one.head).to_contain_text("for cat")
    # In a box with words of one's own these keys do nothing.
    one.box.fill("umbrella")
    one.press("ArrowUp")
    expect(one.box).to_have_value("umbrella")
    one.page.get_by_role("button", name="Past queries").click()
    options = one.page.get_by_role("option")
    expect(options).to_have_text(["cat", "train", "dog"])
    one.press("End")
    expect(options.nth(2)).to_have_attribute("aria-selected", "true")
    one.press("Escape")
    expect(one.page.get_by_role("listbox")).to_be_hidden()
    expect(one.box).to_be_focused()
    one.page.get_by_role("button", name="Past queries").click()
    one.press("ArrowDown", "Enter")
    expect(one.head).to_contain_text("for train")
    expect(one.box).to_have_value("train")


def test_back_and_forward_bring_words_and_filters(front):
    one = front("dog")
    one.ask("cat")
    expect(one.head).to_contain_text("for cat")
    one.explorer.where = {"show": "Dark"}
    expect(one.chips).to_have_count(1)
    back = one.page.get_by_role("button", name="Back", exact=True)
    forward = one.page.get_by_role("button", name="Forward", exact=True)
    expect(forward).to_be_disabled()
    one.box.focus()
    one.press("Alt+ArrowLeft")
    expect(one.chips).to_have_count(0)
    back.click()
    expect(one.box).to_have_value("dog")
    expect(back).to_be_disabled()
    one.root.locator(".vs-play").first.focus()
    one.press("Alt+ArrowRight")
    expect(one.box).to_have_value("cat")
    forward.click()
    expect(one.chips).to_have_text(["show Dark"])
    assert [one for one in one.page.evaluate("leaked") if one.startswith("keydown:Arrow")] == []


def test_a_long_search_says_so_and_can_be_cancelled(front, index):
    held = Held(index, "dog")
    one = front("cat", over=held)
    one.ask("dog")
    busy = one.root.locator(".vs-busy")
    expect(busy).to_contain_text("Searching")
    expect(one.head).to_contain_text("for cat")
    one.page.get_by_role("button", name="Cancel").click()
    expect(busy).to_be_hidden()
    expect(one.head).to_contain_text("for cat")
    held.gates["dog"].set()
    one.ask("train")
    expect(one.head).to_contain_text("for train")
    assert one.explorer.query == "train"
    held.gates["dog"].clear()
    one.ask("dog")
    expect(busy).to_contain_text("Searching")
    one.press("Escape")
    expect(busy).to_be_hidden()
    # Of two the last one counts, and the first is not waited for.
    one.ask("dog")
    one.ask("night")
    expect(one.head).to_contain_text("for night")
    expect(busy).to_be_hidden()
    held.gates["dog"].set()
    assert one.explorer.query == "night"


def test_the_first_look_at_the_index_can_be_cancelled_too(front, index):
    gate = threading.Event()

    class Late(Held):
        def _serving(self, *, anew=False):
            assert gate.wait(30)
            return super()._serving(anew=anew)

    one = front(over=Late(index), wait=False)
    expect(one.root.locator(".vs-busy")).to_contain_text("Searching")
    one.page.get_by_role("button", name="Cancel").click()
    expect(one.root.locator(".vs-busy")).to_be_hidden()
    gate.set()
    one.ask("dog")
    expect(one.head).to_contain_text("4 shots for dog")


def test_more_like_a_shot_is_a_query_to_go_on_with(front):
    one = front("dog")
    best = one.explorer.hits[0].shot_id
    one.root.locator(".vs-play").first.focus()
    one.press("m")
    expect(one.head).to_contain_text("more like")
    expect(one.box).to_have_value(f'shot("{best}")')
    one.box.press("End")
    one.box.press_sequentially(' & text("cat")')
    one.press("Enter")
    expect(one.head).to_contain_text("shot for")
    assert one.explorer.query == f'shot("{best}") & text("cat")'


def test_keys_of_the_desk(front):
    one = front("dog")
    one.root.locator(".vs-play").first.focus()
    one.press("/")
    expect(one.box).to_be_focused()
    one.page.keyboard.type("cat x+-?/bm")
    expect(one.box).to_have_value("cat x+-?/bm")
    assert one.explorer.query == "dog"
    assert len(one.explorer.tray) == 0
    assert one.page.evaluate("leaked") == []


def test_two_views_show_one_state(front):
    one = front("dog")
    two = front(explorer=one.explorer)
    two.ask("cat")
    expect(one.head).to_contain_text("for cat")
    expect(one.box).to_have_value("cat")
    one.root.locator(".vs-play").first.focus()
    one.press("x")
    expect(two.root.locator(".vs-pick-item")).to_have_count(1)
    assert len(one.explorer.picks) == 1


@pytest.mark.parametrize("width", [280, 2000])
def test_nothing_runs_over_the_edge(front, width):
    one = front("a hound and an umbrela " + "w" * 300, width=width, where={"show": ["Dark", "Light"]})
    one.open_filters()
    one.page.get_by_text("More columns").click()
    inner = one.page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert inner[0] <= inner[1]


def test_hostile_names_and_values_are_only_read(front, tmp_path):
    texts = [text for text in HOSTILE if "\x00" not in text and text.isprintable() and len(text) < 200][:36]
    owns = [{f"c{n} {text}": text for n, text in enumerate(texts)}, {}]
    made = index_of(tmp_path / "catalog", [["dog", "cat"], ["beach", "night"]], owns=owns)
    one = front("dog", over=made, where={f"c0 {texts[0]}": [texts[0]]})
    panel = one.open_filters()
    for n, text in enumerate(texts):
        column = panel.locator("fieldset[data-column]").nth(n)
        expect(column.locator(".vx-value")).to_contain_text(" ".join(text.split())[:40])
    for n in (1, 2, 3):
        panel.locator("fieldset[data-column]").nth(n).get_by_role("checkbox").check()
    expect(one.chips).to_have_count(4)
    assert one.explorer.where == {f"c{n} {texts[n]}": [texts[n]] for n in range(4)}
    for text in texts:
        one.ask(text)
        expect(one.page.get_by_role("search")).not_to_have_attribute("aria-busy", "true")
    one.page.get_by_role("button", name="Past queries").click()
    assert one.page.get_by_role("option").count() > 20
    assert one.page.evaluate("alerted") == []
    for tag in ("script", "iframe", "object", "embed", "base", "meta", "link", "h1", "plaintext"):
        assert one.root.locator(tag).count() == 0


def test_past_queries_that_name_shots_are_listed_by_their_names(front):
    one = front("dog")
    best = one.explorer.hits[0]
    one.root.locator("[data-do=play]").first.focus()
    one.press("n")
    unlike = f"“dog”, but not like {best.name} at {best.position}"
    expect(one.head).to_contain_text(f"for {unlike}")
    one.page.get_by_role("button", name="Past queries").click()
    past = one.page.get_by_role("listbox", name="Past queries")
    expect(past.get_by_role("option")).to_have_text([unlike, "dog"])
    # The written query is what is searched for, and can be changed.
    past.get_by_role("option").first.click()
    expect(one.box).to_have_value(f'"dog" - shot("{best.shot_id}")')
    again = front(explorer=one.explorer)
    again.page.get_by_role("button", name="Past queries").click()
    expect(again.page.get_by_role("option")).to_have_text([unlike, "dog"])


def test_filters_opened_during_a_search_leave_its_line(front, index):
    held = Held(index, "dog")
    one = front("cat", over=held)
    one.ask("dog")
    busy = one.root.locator(".vs-busy")
    expect(busy).to_contain_text("Searching")
    one.open_filters()
    one.page.wait_for_timeout(600)
    expect(busy).to_contain_text("Searching")
    busy.get_by_role("button", name="Cancel").focus()
    one.press("Enter")
    expect(busy).to_be_hidden()
    expect(one.box).to_be_focused()
    expect(one.head).to_contain_text("for cat")
    held.gates["dog"].set()


def test_escape_closes_the_filters(front):
    one = front("dog")
    opener = one.page.get_by_role("button", name="Filters").first
    panel = one.open_filters()
    expect(opener).to_have_attribute("aria-expanded", "true")
    panel.get_by_label("rating from").focus()
    one.press("Escape")
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    # Twice, for what is open is remembered.
    opener.click()
    expect(panel).to_be_visible()
    opener.click()
    expect(panel).to_be_hidden()
    one.press("Escape")
    expect(panel).to_be_hidden()


@pytest.mark.parametrize("offer", ["Clear filters", "Show the nearest"])
def test_what_an_empty_answer_offers_leads_to_the_box(front, offer):
    one = front("lighthouse", where={"show": "Light"})
    one.root.locator(".vs-empty").get_by_role("button", name=offer).focus()
    one.press("Enter")
    expect(one.root.locator(".vs-empty")).to_have_count(0)
    expect(one.box).to_be_focused()


def test_the_keys_of_the_way_are_listed(front):
    one = front("dog")
    one.root.locator(".vs-play").first.focus()
    one.press("?")
    expect(one.page.get_by_role("dialog", name="Keys")).to_contain_text("back, forward")
