"""Films are opened for reading in one place only: everywhere else the guards would be missing."""

import ast
from pathlib import Path

import pytest

import vidsearch_sdk

_PACKAGE = Path(vidsearch_sdk.__file__).parent
_WRITERS = {"video/writing.py", "video/clips.py", "video/reel_file.py"}


def openings(source):
    """The lines that open a film past the guards, as (line, what)."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name in ("av.open", "av.container.open"):
            modes = [a.value for a in node.args[1:2] if isinstance(a, ast.Constant)]
            modes += [
                k.value.value for k in node.keywords if k.arg == "mode" and isinstance(k.value, ast.Constant)
            ]
            found.append((node.lineno, "write" if modes == ["w"] else "read"))
        elif name.split(".")[-1] in (
            "VideoCapture",
            "open_video_stream",
            "VideoStreamAv",
            "VideoStreamCv2",
        ) or name in (
            "scenedetect.open_video",
            "scenedetect.detect",
        ):
            found.append((node.lineno, "read"))
    return found


def test_the_check_sees_what_it_looks_for():
    assert openings("import av\nav.open(p)") == [(2, "read")]
    assert openings("av.open(str(p), 'w', format='mp4')") == [(1, "write")]
    assert openings("av.open(p, mode='r')") == [(1, "read")]
    assert openings("cv2.VideoCapture(p)") == [(1, "read")]
    assert openings("scenedetect.detect(p, d)") == [(1, "read")]


@pytest.mark.parametrize("file", sorted(p.relative_to(_PACKAGE).as_posix() for p in _PACKAGE.rglob("*.py")))
def test_only_the_opener_opens(file):
    source = (_PACKAGE / file).read_text()
    found = {what for _, what in openings(source)}
    allowed = {"read"} if file == "video/opening.py" else {"write"} if file in _WRITERS else set()
    assert found <= allowed
    imports_av = any(
        (isinstance(node, ast.Import) and any(a.name.split(".")[0] == "av" for a in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "av")
        for node in ast.walk(ast.parse(source))
    )
    assert not imports_av or file.startswith("video/")
