"""Which published generation is that of an encoder: of its fingerprint and of its pooling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.encoding.pooling import pooling_of
from vidsearch_sdk.encoding.protocol import ImageTextEncoder, Pooling
from vidsearch_sdk.errors import DamagedError, EncoderMismatch
from vidsearch_sdk.store.generations import Generation, Generations

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

Pooled = tuple[str, str]
"""A pooling by its name and its digest."""


def pooled_in(manifest: Mapping[str, Any]) -> Pooled:
    """The pooling that a manifest names; its digest is empty for the mean, as in those that name none."""
    return str(manifest.get("pooling")), str(manifest.get("pooling_digest") or "")


def pooled_with(pooling: Pooling) -> Pooled:
    """A pooling by its name and digest."""
    return pooling.name, pooling.digest


def pooling_facts(pooling: Pooling) -> dict[str, str]:
    """A pooling as a manifest names it; ``pooled_in`` reads it."""
    # Nothing is said where there is no digest: so did those who knew no other pooling than the mean.
    return {"pooling": pooling.name} | ({"pooling_digest": pooling.digest} if pooling.digest else {})


def newest_of(generations: Generations, fingerprint: str, pooled: Pooled | None) -> Generation | None:
    """The newest generation of a fingerprint and a pooling that can be read.

    Args:
        generations: Those of the catalog.
        fingerprint: The encoder's.
        pooled: The pooling; ``None`` for any.

    Raises:
        DamagedError: There is none, but one whose manifest is not what was written.
    """
    damage = None
    for name in reversed(generations.names(fingerprint)):
        try:
            found = generations.get(fingerprint, name)
        except DamagedError as error:
            damage = damage or error
            continue
        if pooled is None or pooled_in(found.manifest) == pooled:
            return found
    if damage is not None:
        raise damage
    return None


def generation_of(catalog: Catalog, current: Generation, encoder: ImageTextEncoder) -> Generation:
    """What serves, or where that is of another encoder or pooling, the newest that stands beside it.

    Args:
        catalog: The catalog.
        current: What serves.
        encoder: The encoder that is to search.

    Raises:
        EncoderMismatch: Nothing was published with this encoder, or only with another pooling.
        EncoderError: What the encoder calls its pooling is none.
        DamagedError: A manifest is not what was written.
    """
    wanted = pooled_with(pooling_of(encoder))
    if current.fingerprint == encoder.fingerprint and pooled_in(current.manifest) == wanted:
        return current
    beside = newest_of(catalog.generations, encoder.fingerprint, wanted)
    if beside is not None:
        return beside
    other = newest_of(catalog.generations, encoder.fingerprint, None)
    facts = current.manifest.get("encoder", {})
    if other is not None:
        raise EncoderMismatch(
            f"the index was built with the pooling {_told(pooled_in(other.manifest))}, and {encoder.name} "
            f"brings {_told(wanted)}: open it with the encoder that it was built with, or make one for this "
            "encoder with ShotIndex.build(catalog, encoder), which uses the stored vectors again"
        )
    name, revision = facts.get("name", "an unknown encoder"), facts.get("revision")
    # Of one name, a branch has moved on since: only the revision tells the two apart.
    pinned = f" (revision={revision!r})" if revision else ""
    raise EncoderMismatch(
        f"the index was built with {name} ({current.fingerprint}), not with {encoder.name} "
        f"({encoder.fingerprint}): open it with that encoder{pinned}, or make one for this "
        "encoder with ShotIndex.build(catalog, encoder)"
    )


def _told(pooled: Pooled) -> str:
    name, digest = pooled
    return f"{name} ({digest})" if digest else name
