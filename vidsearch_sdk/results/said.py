"""What was said of an answer by thumbs and picks: to search again by, and to keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError

if TYPE_CHECKING:
    import pandas as pd

    from vidsearch_sdk.results.search_results import SearchResults
    from vidsearch_sdk.results.thumbs import Thumbs
    from vidsearch_sdk.results.tray import Tray


@dataclass(frozen=True)
class JudgedAnswer:
    """Thumbs and picks, as ``ShotIndex.search`` takes them for ``feedback``.

    Attributes:
        thumbs: As ``SearchResults.thumbs``.
        picks: As ``SearchResults.picks``.
        judged_as: What the answer is called that is asked for again; ``None`` where it goes by its words.
        earlier: Feedback that its search was given; what was said since counts more.
    """

    thumbs: pd.DataFrame
    picks: pd.DataFrame
    judged_as: str | None
    earlier: Any = False


def said_of(query: str, thumbs: Thumbs, tray: Tray) -> Mapping[str, int]:
    """What was said of the shots of an answer: by shot_id 1 (right; a pick is) or -1 (wrong).

    Args:
        query: What the answer is called.
        thumbs: Thumbs given in any answer.
        tray: Picks from any answer.
    """
    said = {hit.shot_id: 1 for hit in tray if hit.answer is not None and hit.answer.query == query}
    said.update({shot: thumb for (words, shot), thumb in thumbs.given.items() if words == query})
    return said


def offered(answer: SearchResults, thumbs: Thumbs, tray: Tray) -> str:
    """What a grid offers to search again with; ``""`` where the answer knows all that was said."""
    said = said_of(answer.query, thumbs, tray)
    if answer.follow is None or not said or said == answer.follow.said:
        return ""
    right = sum(value > 0 for value in said.values())
    counts = [f"{right:,} right"] if right else []
    counts += [f"{len(said) - right:,} wrong"] if len(said) > right else []
    return f"Search again with {' and '.join(counts)}"


def keep(
    answers: Iterable[SearchResults], *, thumbs: Thumbs, tray: Tray, who: str, concept: str | None
) -> str:
    """Keep thumbs and picks in the catalog.

    Args:
        answers: What they were given for; each query counts once.
        thumbs: The thumbs.
        tray: The picks.
        who: Who gave them.
        concept: A name to keep them under, in place of the words that were searched for.

    Returns:
        The id of what was added, as ``catalog.judgments.add`` gives it.

    Raises:
        QueryError: Nothing was said of these answers, or ``concept`` is no name.
        CatalogError: It is not said who judged.
        StorageError: The disk refused; nothing was added.
    """
    import pandas as pd

    if concept is not None and (not isinstance(concept, str) or not concept.strip()):
        raise QueryError(f"concept={concept!r}: a name is needed, as concept='our hero'")
    by_query = {answer.query: answer for answer in answers}
    given_at = {(row.query, row.shot_id): row.at for row in thumbs.table.itertuples(index=False)}
    rows = []
    for query, answer in by_query.items():
        words = query if answer.follow is None else answer.follow.written
        for shot_id, value in said_of(query, thumbs, tray).items():
            at = given_at.get((query, shot_id))
            source = "picks" if at is None else "thumbs"
            rows.append([concept or words, shot_id, float(value > 0), at, source])
    if not rows:
        raise QueryError("there are no thumbs or picks to keep: give some in the grid first")
    table = pd.DataFrame(rows, columns=["query", "shot_id", "grade", "at", "source"])
    catalog: Any = next(iter(by_query.values())).catalog
    added: str = catalog.judgments.add(table, who=who)
    return added
