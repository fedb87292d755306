"""Queries as JSON, to keep them, send them and read them again."""

from __future__ import annotations

import base64
import binascii
import io
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.expressions import DEEPEST, And, During, Or, Sum, Then
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.pictures import pixels_of
from vidsearch_sdk.query.algebra.terms import Clip, Concept, Image, Says, Shot, Text, Words

VERSION = 1
"""Version of the form; one that is newer is refused."""

_FIELDS: dict[str, tuple[str, ...]] = {
    "words": ("words",),
    "text": ("words",),
    "says": ("words", "language"),
    "image": ("label", "png"),
    "shot": ("shot_id",),
    "clip": ("path", "start_s", "end_s"),
    "concept": ("name",),
    "sum": ("parts", "weights"),
    "and": ("parts",),
    "or": ("parts",),
    "then": ("steps", "within_s"),
    "during": ("inner", "outer"),
}


def to_json(expression: Expression) -> dict[str, Any]:
    """Turn an expression into what ``json.dumps`` takes.

    A picture is kept by its pixels (PNG in base64), a clip by the path of its file.

    Args:
        expression: The query.

    Returns:
        ``{"version": 1, "query": {"kind": …, …}}``. Kinds: ``words``, ``text``, ``says``, ``image``,
        ``shot``, ``clip``, ``concept``, ``sum``, ``and``, ``or``, ``then``, ``during``.

    Raises:
        QueryError: That is no expression.

    Examples:
        >>> from vidsearch_sdk.query.algebra.terms import text
        >>> to_json(text("a dog"))
        {'version': 1, 'query': {'kind': 'text', 'words': 'a dog'}}
    """
    if not isinstance(expression, Expression):
        raise QueryError(f"{expression!r} is no expression; as_expression makes one of it")
    return {"version": VERSION, "query": _node(expression)}


def from_json(kept: Mapping[str, Any]) -> Expression:
    """Read an expression from what ``to_json`` gave; no file is opened.

    Raises:
        QueryError: It is not of that form, or of a newer one; says where.

    Examples:
        >>> from_json({"version": 1, "query": {"kind": "text", "words": "a dog"}})
        text("a dog")
    """
    if not isinstance(kept, Mapping) or set(kept) != {"version", "query"}:
        raise QueryError('a query in JSON is {"version": 1, "query": {…}}, as to_json gives it')
    version = kept["version"]
    if type(version) is not int or version < 1:
        raise QueryError(f"version: a whole number from 1 is needed, not {_short(version)}")
    if version > VERSION:
        raise QueryError(
            f"this query is in version {version} of the form and {VERSION} is the newest that is read here; "
            "a newer vidsearch_sdk reads it"
        )
    return _read(kept["query"], "query", DEEPEST)


def _node(one: Expression) -> dict[str, Any]:
    match one:
        case Words():
            return {"kind": "words", "words": one.words}
        case Text():
            return {"kind": "text", "words": one.words}
        case Says():
            return {"kind": "says", "words": one.words, "language": one.language}
        case Image():
            return {"kind": "image", "label": one.label, "png": _png(one.pixels)}
        case Shot():
            return {"kind": "shot", "shot_id": one.shot_id}
        case Clip():
            return {"kind": "clip", "path": str(one.path), "start_s": one.start_s, "end_s": one.end_s}
        case Concept():
            return {"kind": "concept", "name": one.name}
        case Sum():
            weights, parts = zip(*one.parts, strict=True)
            return {"kind": "sum", "parts": [_node(part) for part in parts], "weights": list(weights)}
        case And() | Or():
            kind = "and" if isinstance(one, And) else "or"
            return {"kind": kind, "parts": [_node(part) for part in one.parts]}
        case Then():
            steps = [_node(step) for step in one.steps]
            return {"kind": "then", "steps": steps, "within_s": list(one.within_s)}
        case During():
            return {"kind": "during", "inner": _node(one.inner), "outer": _node(one.outer)}
    raise QueryError(f"{type(one).__name__} has no form in JSON")


def _read(node: Any, place: str, levels: int) -> Expression:
    if levels < 1:
        raise QueryError(f"the query is nested more than {DEEPEST} levels deep")
    kind = node.get("kind") if isinstance(node, Mapping) else None
    if not isinstance(kind, str) or kind not in _FIELDS:
        _fail(place, f"a kind is needed, one of {', '.join(_FIELDS)}, not {_short(kind)}")
    fields = _FIELDS[kind]
    if {"kind", *fields} != set(node):
        _fail(place, f"a query of the kind {kind} has {', '.join(fields)}, not {_short([*node])}")
    below = [
        _read(inner, f"{place}.{name}{where}", levels - 1)
        for name in fields
        if name in ("parts", "steps", "inner", "outer")
        for where, inner in _several(node[name], name, place)
    ]
    try:
        return _made(kind, node, below)
    except QueryError as error:
        _fail(place, str(error))


def _several(given: Any, name: str, place: str) -> list[tuple[str, Any]]:
    if name in ("inner", "outer"):
        return [("", given)]
    if not isinstance(given, list):
        _fail(place, f"{name} is a list of queries, not {_short(given)}")
    return [(f"[{number}]", inner) for number, inner in enumerate(given)]


def _made(kind: str, node: Mapping[str, Any], below: list[Expression]) -> Expression:
    match kind:
        case "words":
            return Words(node["words"])
        case "text":
            return Text(node["words"])
        case "says":
            return Says(node["words"], node["language"])
        case "image":
            return _picture(node["label"], node["png"])
        case "shot":
            return Shot(node["shot_id"])
        case "clip":
            if not isinstance(node["path"], str) or not node["path"]:
                raise QueryError(f"path is the path of a file, not {_short(node['path'])}")
            return Clip(Path(node["path"]), node["start_s"], node["end_s"])
        case "concept":
            return Concept(node["name"])
        case "sum":
            return Sum.of(zip(_numbers(node["weights"], len(below)), below, strict=True))
        case "and":
            return And.of(below)
        case "or":
            return Or.of(below)
        case "then":
            return Then(tuple(below), tuple(_numbers(node["within_s"], max(len(below) - 1, 0))))
    return During(*below)


def _numbers(given: Any, count: int) -> list[Any]:
    if not isinstance(given, list) or len(given) != count:
        raise QueryError(f"a list of {count} numbers is needed, not {_short(given)}")
    return given


def _png(pixels: npt.NDArray[np.uint8]) -> str:
    from PIL import Image as PilImage

    kept = io.BytesIO()
    PilImage.fromarray(pixels).save(kept, "PNG")
    return base64.b64encode(kept.getvalue()).decode("ascii")


def _picture(label: Any, png: Any) -> Image:
    if not isinstance(label, str) or not isinstance(png, str):
        raise QueryError("a picture has a label and its PNG in base64, both strings")
    try:
        kept = base64.b64decode(png, validate=True)
    except (binascii.Error, ValueError):
        raise QueryError("the PNG of a picture is not base64") from None
    return Image.of(pixels_of(kept), label=label)


def _short(value: Any) -> str:
    return reprlib.repr(value)


def _fail(place: str, what: str) -> NoReturn:
    raise QueryError(f"in {place}: {what}")
