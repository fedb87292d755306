"""Words that speak of talk: "someone says key in the kitchen" asks for a line with "key", not with "says"."""

from __future__ import annotations

import re

from vidsearch_sdk.query.algebra.terms import Says

_SUBJECT = r"(?:(?:some|any)(?:one|body)|one|they|people)\s+"
_VERB = r"sa(?:y|ys|id|ying)|mention(?:s|ed|ing)?|(?:talk(?:s|ed|ing)?|speak(?:s|ing)?|spoke)\s+(?:of|about)"
_QUOTED = re.compile(r'("[^"]*")')
_REPORTS = re.compile(rf"\b(?:{_SUBJECT})?(?:{_VERB})\b", re.IGNORECASE)


def spoken_part(words: str) -> Says:
    r"""What a plain sentence asks of dialogue: its words without those that only say that there is talk.

    English verbs alone are known. What stands in quotes stays; a sentence of nothing else is asked as it is.

    Examples:
        >>> spoken_part("someone says key in the kitchen"), spoken_part("a pig talks about keys")
        (says("key in the kitchen"), says("a pig keys"))
        >>> spoken_part('someone says "simon says"')
        says("\"simon says\"")
        >>> spoken_part("says")
        says("says")
    """
    parts = _QUOTED.split(words)
    parts[::2] = [_REPORTS.sub(" ", part) for part in parts[::2]]
    left = " ".join("".join(parts).split())
    return Says(left or words)
