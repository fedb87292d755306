from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from tests.encoding.hub_server import Hub, Repository
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.encoding.loading import load_model
from vidsearch_sdk.encoding.protocol import ImageTextEncoder
from vidsearch_sdk.encoding.sources import find_source
from vidsearch_sdk.errors import EncoderError, EncoderNotFound

MakeFolder = Callable[..., Path]


def picture(number: int, width: int = 61, height: int = 37) -> np.ndarray:
    rng = np.random.default_rng(number)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 7, 3), dtype=np.uint8))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))


def jpeg(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "JPEG", quality=95)
    return file.getvalue()


@pytest.fixture
def encoder(make_folder: MakeFolder) -> Encoder:
    return Encoder(make_folder(), device="cpu", dtype="f32", batch_size=4)


@pytest.mark.parametrize("dtype", ["f32", "bf16"])
def test_vectors_are_those_of_open_clip_itself(make_folder: MakeFolder, dtype: str) -> None:
    folder = make_folder()
    encoder = Encoder(folder, device="cpu", dtype=dtype, batch_size=4)  # type: ignore[arg-type]
    arrays = [picture(number, width=40 + number, height=90 - 3 * number) for number in range(11)]
    model, transform = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")
    with torch.inference_mode():
        expected = model.eval().encode_image(
            torch.stack([transform(Image.fromarray(array)) for array in arrays]), normalize=True
        )
        words = model.encode_text(tokens(["a dog", "two cats at night"]), normalize=True)
    found = encoder.encode_images(iter(arrays))
    assert found.dtype == np.float32
    assert found.shape == (11, 16)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    least = 0.9999 if dtype == "f32" else 0.998
    assert ((found * expected.numpy()).sum(axis=1) > least).all()
    texts = encoder.encode_texts(["a dog", "two cats at night"])
    assert ((texts * words.numpy()).sum(axis=1) > least).all()
    # Not merely alike because everything is.
    assert (found @ found.T)[0, 1:].min() < 0.99


def test_a_picture_is_the_same_in_every_guise_and_batch(encoder: Encoder) -> None:
    array = picture(1)
    data = jpeg(array)
    decoded = np.asarray(Image.open(io.BytesIO(data)))
    rows = encoder.encode_images([data, decoded, Image.fromarray(decoded), picture(2), picture(3), data])
    for other in (1, 2, 5):
        assert float(rows[0] @ rows[other]) > 0.9999
    assert float(rows[0] @ rows[3]) < 0.9999
    alone = encoder.encode_images([data])
    np.testing.assert_allclose(alone[0], rows[0], atol=1e-5)
    assert encoder.encode_images([]).shape == (0, 16)


def test_only_a_few_pictures_are_held(encoder: Encoder) -> None:
    alive, most = 0, 0

    class Held(np.ndarray):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def source() -> Iterator[np.ndarray]:
        nonlocal alive, most
        for number in range(300):
            array = np.full((20, 20, 3), number % 256, np.uint8).view(Held)
            alive += 1
            most = max(most, alive)
            yield array
            del array

    assert encoder.encode_images(source()).shape == (300, 16)
    assert most < 60


def test_a_broken_picture_is_named_and_the_encoder_goes_on(encoder: Encoder) -> None:
    good = jpeg(picture(1))
    with pytest.raises(EncoderError, match="picture 6 cannot be used"):
        encoder.encode_images([good] * 6 + [b"torn"] + [good] * 20)
    assert encoder.encode_images([good]).shape == (1, 16)

    def breaks() -> Iterator[bytes]:
        yield good
        raise OSError("the store is gone")

    with pytest.raises(OSError, match="the store is gone"):
        encoder.encode_images(breaks())


class Small(torch.nn.Module):
    """A model on a device with room for three pictures."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.visual = torch.nn.Flatten()
        self.room = room
        self.tried: list[int] = []

    def encode_image(self, pictures: torch.Tensor) -> torch.Tensor:
        self.tried.append(len(pictures))
        if len(pictures) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
        return self.visual(pictures)[:, :16] + 1


def test_running_out_of_memory_halves_the_batch_and_loses_nothing(make_folder: MakeFolder) -> None:
    loaded = load_model(find_source(make_folder()))
    model = Small(room=3)
    encoder = Encoder._from_loaded(
        type(loaded)(model, loaded.tokenizer, loaded.preprocessing, 16, loaded.fingerprint),
        "small",
        device="cpu",
        dtype="f32",
        batch_size=16,
    )
    arrays = [picture(number) for number in range(20)]
    rows = encoder.encode_images(arrays)
    assert encoder.batch_size == 2
    assert model.tried[:4] == [16, 8, 4, 2]
    assert max(model.tried[3:]) == 2
    model.room = 100
    np.testing.assert_allclose(
        rows, np.concatenate([encoder.encode_images([one]) for one in arrays]), atol=1e-6
    )
    model.room = 0
    with pytest.raises(EncoderError, match="not even one picture fits into the memory of cpu"):
        encoder.encode_images(arrays)


def test_the_way_of_an_accelerator_gives_the_same_vectors(encoder: Encoder) -> None:
    # Pictures are then sorted by size, copied, resized where the model is, and put back in order.
    sizes = [(61, 37), (40, 90), (61, 37), (33, 33), (40, 90)] * 5
    arrays = [picture(number, *size) for number, size in enumerate(sizes)]
    expected = encoder.encode_images(arrays)
    encoder._pictures._on_cpu = False
    found = encoder.encode_images(iter(arrays))
    assert found.shape == expected.shape
    assert ((found * expected).sum(axis=1) > 0.9999).all()
    assert (found @ expected.T).argmax(axis=1).tolist() == list(range(25))


def test_what_it_says_of_itself(encoder: Encoder, make_folder: MakeFolder) -> None:
    assert isinstance(encoder, ImageTextEncoder)
    assert repr(encoder).startswith(f"Encoder({encoder.name!r}, dim=16, device='cpu', dtype='f32'")
    assert Path(encoder.name).is_absolute()
    assert (encoder.revision, encoder.pretrained, encoder.context_length) == ("", "", 12)
    assert encoder.templates == ("{}",)
    assert encoder.text_notices(["a dog"]) == ()
    assert len(encoder.text_notices(["a dog", "one " * 20])) == 1


def test_options_are_checked_before_anything_is_loaded() -> None:
    with pytest.raises(EncoderError, match="dtype='f16'; allowed: bf16, f32"):
        Encoder("no-such-model", dtype="f16")  # type: ignore[arg-type]
    with pytest.raises(EncoderError, match="device 'warp:9' cannot be used here"):
        Encoder("no-such-model", device="warp:9")
    with pytest.raises(EncoderNotFound):
        Encoder("no-such-model")


def test_a_batch_of_none_is_refused(make_folder: MakeFolder) -> None:
    with pytest.raises(EncoderError, match="batch_size=0; 1 or more"):
        Encoder(make_folder(), batch_size=0)


def test_from_the_hub_and_again_without_it(hub: Hub, make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder()
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    extra = {"README.md": b"#", "open_clip_pytorch_model.bin": b"a pickle", "extra/model.safetensors": b"x"}
    repository = hub.repositories["lab/tiny"] = Repository(files | extra)
    # The default weights of an open_clip name are a repository as well; these are of another architecture.
    hub.repositories["timm/PE-Core-B-16"] = Repository(files)
    hub.repositories["lab/pickled"] = Repository(
        {"open_clip_config.json": files["open_clip_config.json"], "open_clip_pytorch_model.bin": b"a pickle"}
    )
    code = """
import json, os, sys
import torch
torch.set_num_threads(1)
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.errors import EncoderError
answers = []
for name, revision in json.loads(sys.argv[2]):
    try:
        encoder = Encoder(name, revision=revision, device="cpu", dtype="f32", cache_dir=sys.argv[1])
        row = encoder.encode_texts(["a dog"])[0].tolist()
        answers.append([encoder.name, encoder.revision, encoder.fingerprint, row])
    except EncoderError as error:
        answers.append([type(error).__name__, str(error)])
print(json.dumps(answers))
"""
    wanted = [
        ("lab/tiny", None),
        ("hf-hub:lab/tiny", repository.commit),
        ("lab/pickled", None),
        ("timm/PE-Core-B-16", None),
        (str(folder), None),
    ]

    def ask(*names: tuple[str, str | None], **settings: str) -> list[list[str]]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        environment |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home")} | settings
        arguments = [sys.executable, "-c", code, str(tmp_path / "cache"), json.dumps(names)]
        answer = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=250)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout.splitlines()[-1])

    fresh, pinned, pickled, other, local = ask(*wanted)
    assert fresh[:2] == ["lab/tiny", repository.commit]
    assert pinned == fresh
    assert pickled[0] == "EncoderNotFound"
    assert "may run code when it is read" in pickled[1]
    # The same weights from elsewhere give the same vectors, and are told apart by the revision.
    assert other[3] == local[3] == fresh[3]
    assert other[2] != local[2] != fresh[2]
    downloads = {
        one.rpartition("/")[2] for one in hub.requests if one.startswith("GET") and "/resolve/" in one
    }
    assert downloads == {"open_clip_config.json", "open_clip_model.safetensors"}
    asked = len(hub.requests)
    assert ask(("lab/tiny", None), HF_HUB_OFFLINE="1")[0] == fresh
    assert len(hub.requests) == asked


@pytest.mark.parametrize(
    "one", [np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8), b"\xff\xd8", "a.jpg"]
)
def test_one_picture_is_not_taken_for_several(encoder, one):
    with pytest.raises(EncoderError, match=r"several pictures are needed, not one (ndarray|bytes|str)"):
        encoder.encode_images(one)


def test_a_batch_of_pictures_may_be_one_array(encoder):
    batch = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3), np.uint8)
    assert np.allclose(encoder.encode_images(batch), encoder.encode_images(list(batch)), atol=1e-5)


@pytest.mark.parametrize("name", [None, 5, b"sample"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(EncoderNotFound, match="an encoder has a name, not"):
        Encoder(name)
