"""Two rankings in one list, and what picks in it say of them: team-draft interleaving.

The method is that of Radlinski, Kurup and Joachims 2008, "How does clickthrough data reflect retrieval
quality?". Two captains choose in turns, each the best that is left in its own ranking; who picks from the
list decides between them without knowing whose shot it is.
"""

from __future__ import annotations

import math
import random
from collections.abc import Container, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item", bound=Hashable)

LEVEL = 0.05
"""Chance at most of ever calling one better where both are equal."""

POWER = 0.8
"""Chance at least of calling the better one after the sessions that :func:`sessions_needed` tells."""

LEAST_SHARE = 0.6
"""The smallest share of decided sessions that is planned for: less is hardly worth a change."""

_MOST = 10_000


@dataclass(frozen=True)
class Interleaved(Generic[Item]):
    """Two rankings in one.

    Attributes:
        items: The list, each item once.
        teams: Whose item each is: 0 for the first ranking, 1 for the second, ``None`` where only one of them
            had something left to give.
    """

    items: tuple[Item, ...]
    teams: tuple[int | None, ...]

    def __post_init__(self) -> None:
        if len(self.items) != len(self.teams) or len(set(self.items)) != len(self.items):
            raise ValueError("each item stands once in the list, with its team")


def team_draft(
    first: Sequence[Item], second: Sequence[Item], *, k: int | None = None, seed: int | str
) -> Interleaved[Item]:
    """Merge two rankings so that neither has an advantage.

    The ranking that has given fewer items is next, a coin decides where both gave as many; it gives its best
    item that is not in the list. Where one has nothing left, the other gives the rest, which is of no team:
    the one that found more has no advantage by it.

    Args:
        first: A ranking, the best first.
        second: Another one.
        k: Items of the list at most; all without it.
        seed: Decides the coins: the same seed gives the same list.

    Examples:
        >>> team_draft(["a", "b", "c"], ["b", "d", "a"], k=3, seed=1).items
        ('a', 'b', 'd')
    """
    coin = random.Random(seed)  # noqa: S311 (nothing secret hangs on it)
    queues = [list(reversed(first)), list(reversed(second))]
    given, items, teams = [0, 0], dict[Item, None](), list[int | None]()
    contested = True
    while k is None or len(items) < k:
        for queue in queues:
            while queue and queue[-1] in items:
                queue.pop()
        if not queues[0] and not queues[1]:
            break
        if given[0] == given[1]:
            contested = contested and _both_can_give(queues, items)
        # Tossed in every turn, so that the coins of later turns do not hang on what came before.
        toss = coin.randrange(2)
        team = toss if given[0] == given[1] else int(given[0] > given[1])
        team = team if queues[team] else 1 - team
        items[queues[team].pop()] = None
        teams.append(team if contested else None)
        given[team] += 1
    return Interleaved(tuple(items), tuple(teams))


def _both_can_give(queues: Sequence[Sequence[Item]], items: Container[Item]) -> bool:
    """Whether each has an item to give, whoever of the two is first."""
    tops = [list(islice((one for one in reversed(queue) if one not in items), 2)) for queue in queues]
    first, second = tops
    if not first or not second:
        return False
    return first[0] != second[0] or (len(first) > 1 and len(second) > 1)


def credit(merged: Interleaved[Item], picks: Iterable[Item]) -> tuple[int, int]:
    """Count the picks that each ranking gave, each once; of no team or not in the list, they do not count.

    Examples:
        >>> credit(Interleaved(("a", "b", "c"), (0, 1, 0)), ["c", "a", "b", "z"])
        (2, 1)
    """
    team_of = dict(zip(merged.items, merged.teams, strict=True))
    teams = [team_of[pick] for pick in set(picks) if pick in team_of]
    return teams.count(0), teams.count(1)


def sign_test(wins: int, losses: int) -> float:
    """Give the two-sided p-value of the sign test: how often equal ones differ as much or more.

    Right for a number of sessions that was fixed before; who looks after each session takes :func:`evidence`.

    Args:
        wins: Sessions that the one won.
        losses: Sessions that it lost; ties say nothing.

    Raises:
        ValueError: A number is below 0.

    Examples:
        >>> sign_test(9, 1)
        0.021484375
    """
    _check(wins, losses)
    n, tail = wins + losses, min(wins, losses)
    return min(1.0, float(2 * sum(math.comb(n, i) for i in range(tail + 1)) / 2**n))


def evidence(wins: int, losses: int) -> float:
    r"""Give how much likelier the sessions are under some preference than under none.

    All shares weigh alike. The likelihood ratio :math:`2^n B(w + 1, l + 1)` is a martingale where both are
    equal (Robbins 1970,
    "Statistical methods related to the law of the iterated logarithm"), so that the chance that it ever
    reaches 20 is at most 1/20, however often somebody looks.

    Args:
        wins: Sessions that the one won.
        losses: Sessions that it lost.

    Raises:
        ValueError: A number is below 0.

    Examples:
        >>> round(evidence(9, 1), 2)
        9.31
    """
    _check(wins, losses)
    log = (wins + losses) * math.log(2) + math.lgamma(wins + 1) + math.lgamma(losses + 1)
    return math.exp(min(700.0, log - math.lgamma(wins + losses + 2)))


def decided(wins: int, losses: int) -> bool:
    """Say whether the evidence is enough at ``LEVEL``."""
    return evidence(wins, losses) >= 1 / LEVEL


def sessions_needed(wins: int, losses: int, ties: int = 0) -> int | None:
    """Tell how many more sessions decide it with a chance of ``POWER``, should it go on like this.

    The preference is the share that the leader has won so far, drawn towards one half as by one win and one
    loss more, and never below ``LEAST_SHARE``. Sessions that will be ties are counted, as often as so far.

    Args:
        wins: Sessions that the one won.
        losses: Sessions that it lost.
        ties: Sessions that neither won.

    Returns:
        How many; 0 where it is decided, ``None`` for more than 10,000.

    Raises:
        ValueError: A number is below 0.

    Examples:
        >>> sessions_needed(0, 0), sessions_needed(12, 2), sessions_needed(20, 2)
        (453, 8, 0)
    """
    _check(wins, losses, ties)
    if decided(wins, losses):
        return 0
    lead, trail = max(wins, losses), min(wins, losses)
    share = max(LEAST_SHARE, (lead + 1) / (lead + trail + 2))
    low, high = 0, 8
    while _power(lead, trail, high, share) < POWER:
        low, high = high, 2 * high
        if high > _MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _power(lead, trail, middle, share) >= POWER else (middle, high)
    # As if one decided session had been seen: before the first one, none is expected to be a tie.
    needed = math.ceil(high * (lead + trail + ties + 1) / (lead + trail + 1))
    return needed if needed <= _MOST else None


def _power(lead: int, trail: int, more: int, share: float) -> float:
    """Chance that the evidence is enough after some more decided sessions."""
    won: NDArray[np.float64] = np.arange(more + 1, dtype=np.float64)
    logs = np.array([_log_choose(more, int(one)) for one in won])
    chances = np.exp(logs + won * math.log(share) + (more - won) * math.log1p(-share))
    enough = [decided(lead + int(one), trail + more - int(one)) for one in won]
    return float(chances[np.array(enough)].sum())


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _check(*counts: int) -> None:
    if any(one < 0 for one in counts):
        raise ValueError(f"sessions are counted from 0 up, not {counts}")
