"""Pictures and texts to vectors that can be compared."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from vidsearch_sdk.encoding.devices import Dtype, chosen_device, chosen_dtype, name_of
from vidsearch_sdk.encoding.loading import LoadedModel, load_model
from vidsearch_sdk.encoding.pictures_tower import PicturesTower
from vidsearch_sdk.encoding.pooling import MeanPooling
from vidsearch_sdk.encoding.protocol import Picture, Pooling
from vidsearch_sdk.encoding.sources import Source, find_source
from vidsearch_sdk.encoding.temporal_pooling import LearnedPooling, read_pooling
from vidsearch_sdk.encoding.texts import TextVectors
from vidsearch_sdk.encoding.words import read_words
from vidsearch_sdk.errors import EncoderError


class Encoder:
    """A model that sees pictures and reads texts: any open_clip model, with its own weights.

    Weights are read from safetensors files only, nothing is unpickled and no code of a repository is run. A
    name without weights is an error, never a model with random ones.

    Args:
        name: ``"PE-Core-B-16"`` or any other model of ``open_clip.list_models()``; ``"sample"``, the small
            one of the package, which knows the sample film's world only, and ``"sample-multilingual"``, which
            sees the same and reads seven languages; a folder with
            ``open_clip_config.json`` and a ``.safetensors`` file; or a repository of the Hugging Face Hub,
            ``"organization/name"`` (with ``"hf-hub:"`` before it or not).
        pretrained: Which weights of an open_clip model, by open_clip's tag; None for the only ones, or a
            well-known set.
        revision: Branch, tag or commit of the Hub repository; None for its main branch. The commit that was
            loaded is in ``Encoder.revision`` and is part of the fingerprint.
        device: ``"cuda"``, ``"cuda:1"``, ``"mps"``, ``"cpu"``; None for the best there is.
        dtype: ``"bf16"`` or ``"f32"``; None for bf16 where the device multiplies it natively, else f32.
        cache_dir: Where to keep downloads; None for the Hub client's own place.
        batch_size: Pictures at once; None for 256 on CUDA, 16 on the CPU. Halved when memory runs out.
        templates: What a query is put into, each with one ``{}``; the vectors of several are averaged.

    Attributes:
        name: The name given; of a folder, its absolute path.
        dim: Numbers per vector.
        fingerprint: 16 hexadecimal digits over weights, configuration, preprocessing, tokenizer and revision.
        revision: Commit of the weights; empty when they did not come from the Hub.
        pretrained: Tag of the weights; empty when open_clip's names were not used.
        device: Where it calculates.
        dtype: The number format it calculates in.
        context_length: Tokens of a text that are read, two marks included.
        words: Words that it was trained on, in lower case, where its folder lists them in ``words.txt``;
            spelling is repaired towards them. They are no part of the fingerprint.
        pooling: Makes the vector of a shot of those of its frames: the mean, unless the folder brings a
            learned one (``pooling.json`` and ``pooling.safetensors``). It has a ``name`` and a ``digest`` of
            its own and is no part of the fingerprint, which names the vectors of pictures.

    Raises:
        EncoderNotFound: No model, folder, repository or revision of that name; says the nearest names.
        EncoderUnavailable: It cannot be fetched: offline, cut off, gated, refused; says what to do.
        EncoderError: The files or options make no encoder, or a package is missing.

    Examples:
        >>> Encoder("PE-Core-B16")
        Traceback (most recent call last):
        ...
        vidsearch_sdk.errors.EncoderNotFound: no encoder is called 'PE-Core-B16'. Did you mean ...
    """

    def __init__(
        self,
        name: str | os.PathLike[str] = "PE-Core-B-16",
        *,
        pretrained: str | None = None,
        revision: str | None = None,
        device: str | torch.device | None = None,
        dtype: Dtype | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        batch_size: int | None = None,
        templates: Sequence[str] = ("{}",),
    ) -> None:
        # Options first: a typing error should not cost a download.
        place = chosen_device(device)
        number_format = chosen_dtype(dtype, place)
        source = find_source(name, pretrained=pretrained, revision=revision, cache_dir=cache_dir)
        self.name = source.name
        self.pretrained = source.pretrained
        self.revision = source.revision
        self.words = read_words(source.words) if source.words else frozenset[str]()
        self._source: Source | None = source
        self.pooling: Pooling = _pooling_of(source, place)
        self._set_up(load_model(source), place, number_format, batch_size, templates)

    @classmethod
    def _from_loaded(
        cls,
        loaded: LoadedModel,
        name: str,
        *,
        device: str | None = None,
        dtype: Dtype | None = None,
        batch_size: int | None = None,
        templates: Sequence[str] = ("{}",),
    ) -> Encoder:
        """Wrap a model that is in memory; it is taken over and changed."""
        encoder = cls.__new__(cls)
        encoder.name, encoder.pretrained, encoder.revision = name, "", ""
        encoder.words = frozenset()
        encoder.pooling = MeanPooling()
        encoder._source = None
        place = chosen_device(device)
        encoder._set_up(loaded, place, chosen_dtype(dtype, place), batch_size, templates)
        return encoder

    def _set_up(
        self,
        loaded: LoadedModel,
        device: torch.device,
        dtype: torch.dtype,
        batch_size: int | None,
        templates: Sequence[str],
    ) -> None:
        self.dim = loaded.dim
        self.fingerprint = loaded.fingerprint
        self.device = device
        self.dtype: Dtype = name_of(dtype)
        self.context_length = loaded.tokenizer.context_length
        self._model = loaded.model.to(device=device, dtype=dtype)
        self._pictures = PicturesTower(
            self._model,
            loaded.preprocessing,
            device=device,
            dtype=dtype,
            dim=loaded.dim,
            batch_size=batch_size,
        )
        self._texts = TextVectors(loaded.tokenizer, self._encode_tokens, templates=templates, dim=loaded.dim)

    def __repr__(self) -> str:
        pooling = "" if self.pooling.name == "mean" else f"pooling={self.pooling.name!r}, "
        return (
            f"Encoder({self.name!r}, dim={self.dim}, device={str(self.device)!r}, dtype={self.dtype!r}, "
            f"{pooling}fingerprint={self.fingerprint!r})"
        )

    @property
    def batch_size(self) -> int:
        """Pictures that are encoded at once, as it is now."""
        return self._pictures.batch_size

    @property
    def templates(self) -> tuple[str, ...]:
        """What queries are put into."""
        return self._texts.templates

    def encode_images(self, pictures: Iterable[Picture]) -> NDArray[np.float32]:
        """Encode pictures as they come; only a few batches of them are held at a time.

        Args:
            pictures: JPEG or PNG bytes, uint8 arrays (h, w, 3) or PIL images, of any size, in any mixture.
                An EXIF orientation is applied, transparency dropped. The iterable is read in another thread.

        Returns:
            float32 (n, dim), unit rows in the order of the pictures.

        Raises:
            EncoderError: A picture cannot be decoded (its position is named), not one fits into memory, or
                one picture was given instead of several.
        """
        # The rows of one array would pass for gray pictures.
        if isinstance(pictures, bytes | bytearray | memoryview | str | os.PathLike) or (
            isinstance(pictures, np.ndarray) and pictures.ndim != 4
        ):
            raise EncoderError(f"several pictures are needed, not one {type(pictures).__name__}: [picture]")
        return self._pictures(pictures)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts; a few thousand vectors are remembered. A text that is cut is logged as a warning.

        Args:
            texts: Any number of texts.

        Returns:
            float32 (n, dim), unit rows.

        Raises:
            EncoderError: Not a sequence of texts.
        """
        return self._texts(texts)

    def text_notices(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Say in words which texts are longer than the model reads, and where they are cut; often nothing."""
        return self._texts.notices(texts)

    def fresh(self) -> tuple[Source, LoadedModel]:
        """Load the same model again, to be trained: this one is rounded and laid out for inference.

        Returns:
            Its files, and the model in f32 on the CPU, of the same fingerprint.

        Raises:
            EncoderError: It came from no files, or they have changed since.
        """
        if self._source is None:
            raise EncoderError(f"{self.name!r} was made in memory; give an encoder that was loaded.")
        loaded = load_model(self._source)
        if loaded.fingerprint != self.fingerprint:
            raise EncoderError(
                f"the files of {self.name!r} have changed since it was loaded: load the encoder again."
            )
        return self._source, loaded

    def _encode_tokens(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        with torch.inference_mode():
            vectors = self._model.encode_text(torch.from_numpy(tokens).to(self.device))  # type: ignore[operator]
            rows: NDArray[np.float32] = torch.nn.functional.normalize(vectors.float(), dim=-1).cpu().numpy()
        return rows


def _pooling_of(source: Source, device: torch.device) -> Pooling:
    """Read the pooling that lies beside the weights; before them, since it is small and may be wrong."""
    module = None
    if source.pooling is not None:
        module = read_pooling(source.pooling, dim=int(source.config["embed_dim"]))
    return MeanPooling() if module is None else LearnedPooling(module, device=device)
