"""What search asks of an encoder; nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from PIL import Image

Picture: TypeAlias = "bytes | bytearray | memoryview | NDArray[np.uint8] | Image.Image"
"""One picture: a JPEG or PNG file's bytes; uint8 RGB of shape (h, w, 3), gray (h, w) or (h, w, 1), or RGBA
(h, w, 4); or a PIL image."""


class Pooling(Protocol):
    """From the vectors of a shot's frames to the vector of the shot.

    Attributes:
        name: ``mean``, ``attention``, ``multiscale`` or a word of the user's own.
        digest: Letters and digits that are the same if and only if the pooled vectors are; empty for the
            mean.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def digest(self) -> str: ...  # noqa: D102

    def __call__(self, vectors: ArrayLike, counts: ArrayLike, /) -> NDArray[np.float32]:
        """Return float32 (shots, dim), unit rows, of (frames, dim) unit rows and the frames of each shot."""
        ...


@runtime_checkable
class ImageTextEncoder(Protocol):
    """Anything that turns pictures and texts into vectors that can be compared.

    :class:`vidsearch_sdk.Encoder` is one; any object with these five will do. It may also bring ``pooling``,
    a :class:`Pooling`; without one, a shot's vector is the mean of its frames'.

    Attributes:
        name: What a person calls it.
        dim: Numbers per vector.
        fingerprint: 16 hexadecimal digits, the same if and only if the vectors are the same. The pooling has
            no part in it: it does not change the vectors of pictures.
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
