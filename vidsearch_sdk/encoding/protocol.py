"""What search asks of an encoder; nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

Picture: TypeAlias = "bytes | bytearray | memoryview | NDArray[np.uint8] | Image.Image"
"""One picture: a JPEG or PNG file's bytes; uint8 RGB of shape (h, w, 3), gray (h, w) or (h, w, 1), or RGBA
(h, w, 4); or a PIL image."""


@runtime_checkable
class ImageTextEncoder(Protocol):
    """Anything that turns pictures and texts into vectors that can be compared.

    :class:`vidsearch_sdk.Encoder` is one; any object with these five will do.

    Attributes:
        name: What a person calls it.
        dim: Numbers per vector.
        fingerprint: 16 hexadecimal digits, the same if and only if the vectors are the same.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def dim(self) -> int: ...  # noqa: D102

    @property
    def fingerprint(self) -> str: ...  # noqa: D102

    def encode_images(self, pictures: Iterable[Picture], /) -> NDArray[np.float32]:
        """Return float32 (n, dim), one row of length 1 per picture, in order."""
        ...

    def encode_texts(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Return float32 (n, dim), one row of length 1 per text, in order."""
        ...
