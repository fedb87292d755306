"""Reads a page back as a browser would see it: elements, attributes and nothing else."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"img", "meta", "br", "hr"}


class Skeleton(HTMLParser):
    """The tree of tags with the names of their attributes; texts and values are kept apart."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: list[str] = []
        self.values: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(document)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        assert len({name for name, _ in attributes}) == len(attributes), f"an attribute twice in <{tag}>"
        self.shape.append(f"<{tag} {' '.join(name for name, _ in attributes)}>")
        self.values += [(tag, name, value or "") for name, value in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag
        self.shape.append(f"</{tag}>")

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def handle_comment(self, data):
        self.shape.append("<!-- -->")

    def handle_pi(self, data):
        self.shape.append("<? ?>")

    def unknown_decl(self, data):
        self.shape.append("<![ ]>")
