"""The encoder that a published search was built with, found again by what the search keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import EncoderError, EncoderMismatch
from vidsearch_sdk.index.choosing import pooled_in, pooled_with

if TYPE_CHECKING:
    from vidsearch_sdk.encoding.protocol import ImageTextEncoder
    from vidsearch_sdk.store.generations import Generation


def encoder_of(generation: Generation) -> ImageTextEncoder:
    """Load the encoder that a generation names: a name of open_clip, a folder, or a repository of the Hub.

    Args:
        generation: What serves.

    Raises:
        EncoderError: It cannot be loaded: a folder that has moved, no connection, an encoder of the user's
            own. Its own class and reason, and what to do.
        EncoderMismatch: What is there by that name is another encoder by now.
    """
    # Only opening without an encoder loads torch here; a search over one of the user's own never does.
    from vidsearch_sdk.encoding.encoder import Encoder

    said = generation.manifest.get("encoder")
    facts: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    name = str(facts.get("name") or "")
    options = {key: facts[key] for key in ("pretrained", "revision", "templates") if facts.get(key)}
    remedy = (
        "Give it to ShotIndex.open(catalog, encoder), or make an index for another one with "
        "ShotIndex.build(catalog, encoder)."
    )
    try:
        encoder = Encoder(name, **options)
    except EncoderError as error:
        told = f"what serves was built with the encoder {name!r} ({generation.fingerprint}), which cannot be "
        raise type(error)(f"{told}loaded by that name: {error} {remedy}") from error
    if encoder.fingerprint != generation.fingerprint:
        raise EncoderMismatch(
            f"what serves was built with the encoder {name!r} as it was ({generation.fingerprint}); by that "
            f"name there is another one now ({encoder.fingerprint}). {remedy}"
        )
    served, found = pooled_in(generation.manifest), pooled_with(encoder.pooling)
    if found != served:
        raise EncoderMismatch(
            f"what serves was built with the encoder {name!r} and its pooling {served[0]} as it was; by that "
            f"name there is another pooling now ({found[0]}). {remedy}"
        )
    return encoder
