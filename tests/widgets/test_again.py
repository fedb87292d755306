"""Searching again with what was said of an answer, by mouse and by key."""

from playwright.sync_api import expect

from tests.widgets.pretend import Pretend

OFFER = "Search again with 1 right and 2 wrong"


class Judged(Pretend):
    def handlers(self):
        return {**super().handlers(), "again": self._noted("again")}

    def on_again(self, _, reply):
        self._further("again", {"set": "1", "at": 0}, 3)
        reply.done()


def offer(one):
    return one.page.locator(".vs-again")


def test_it_is_offered_when_there_is_something_new_and_asked_by_mouse(show):
    pretend = Judged(5)
    one = show(pretend)
    expect(offer(one)).to_be_hidden()
    pretend.desk.push({"push": "again", "set": "1", "words": OFFER})
    expect(offer(one)).to_have_text(f"{OFFER} (A)")
    # What is said of another answer is none of this one's.
    pretend.desk.push({"push": "again", "set": "9", "words": ""})
    expect(offer(one)).to_be_visible()
    offer(one).click()
    expect(one.page.locator("li.vs-tile")).to_have_count(3)
    assert len(pretend.done("again")) == 1
    expect(offer(one)).to_be_hidden()


def test_it_is_asked_by_key_and_only_where_it_is_offered(show):
    pretend = Judged(5)
    one = show(pretend)
    one.play_button(0).focus()
    one.page.keyboard.press("a")
    pretend.desk.push({"push": "again", "set": "1", "words": OFFER})
    expect(offer(one)).to_be_visible()
    assert not pretend.done("again")
    one.page.keyboard.press("a")
    expect(one.page.locator("li.vs-tile")).to_have_count(3)
    assert len(pretend.done("again")) == 1


def test_its_key_stands_in_the_list_of_keys_as_the_others_do(show):
    one = show(Judged(5))
    one.play_button(0).focus()
    one.page.keyboard.press("?")
    shown = one.page.locator(".vs-keys kbd").all_text_contents()
    assert "A" in shown
    assert [key for key in shown if len(key) == 1 and key.islower()] == []
