"""What may be typed after ``vidsearch``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from vidsearch_sdk import __version__
from vidsearch_sdk.cli import teaching
from vidsearch_sdk.cli.measuring import add_commands

DONE = 0
FAILED = 1
WANTING = 3

DEFAULT_ENCODER = "PE-Core-B-16"

_ENDING = """\
exit codes:
  0    done
  1    an error, or a gate that failed (evaluate, compare); one line on stderr says what was
       wrong and what to do
  2    the command was typed wrongly
  3    done, but: a film could not be taken or segmented (add, segment),
       no shot matched (search), or damage was found (verify)
  130  interrupted with Ctrl-C; what was finished is kept

--json prints one JSON object on stdout; everything else goes to stderr.

a first session:
  vidsearch add films ~/Movies        take in a folder
  vidsearch segment films             find shots and keyframes
  vidsearch index films               make them searchable
  vidsearch search films "a dog runs along the beach"
"""

_QUERIES = """\
Plain words are looked for in pictures and in dialogue. Words that begin like one of these are read as it:
  text("a dog")                        what is to be seen
  says("where is my key")              what is said; says("key", language="en"), says('"my key" lock*')
  image("ref.jpg"), shot("ID"), clip("film.mp4", 3, 5.5)
                                       more like a picture, a shot of the catalog, a span of another film
  text("a car") - 0.5 * text("night")  a mixture by weight; what is subtracted is pushed away
  text("a dog") & says("fetch")        both must hold;  |  is for either
  text("a door").then(text("an empty room"), within_s=20)
                                       one after another in the same film
  text("a key").during(says("lock"))   one while the other goes on
Brackets group. Put the whole in single quotes, so that the shell leaves it as it is.

examples:
  vidsearch search films a dog runs along the beach
  vidsearch search films 'text("car chase") - text("night")' --where show=Dark
  vidsearch search films '(text("a cat") | image("cat.jpg")) & says("hello")' --html cats.html
  vidsearch search films '"a man opens a door".then("an empty room", within_s=20)' -k 5
  vidsearch search films 'text("a storm") - text("night")' --export selects.fcpxml --reel reel.mp4
"""

_WHERE = (
    "keep only shots whose COLUMN is VALUE; of a column of numbers or dates also a range, LOW..HIGH, LOW.. "
    "or ..HIGH. COLUMN~=TEXT keeps those whose COLUMN contains the text; COLUMN!=VALUE and COLUMN!~=TEXT "
    "leave out what the same without ! keeps. The same column several times means any of its values; several "
    "columns must all hold"
)
_FILES = ("export", "reel", "sheet")
_REFUSALS = {
    "spelling": "search for words as they are typed, without repairing them",
    "synonyms": "search without the synonyms of the catalog",
    "fold": "give near-duplicates as shots of their own",
    "rerank": "leave the best shots as the first look found them",
}


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the words after ``vidsearch``; those of the process by default.

    Raises:
        SystemExit: 2 for a command that was typed wrongly (said on stderr), 0 after ``--help``.
    """
    parser = make_parser()
    given, left = parser.parse_known_args(arguments)
    # argparse takes free words at the first place that has any; those after an option come back as unknown.
    taking = {"search": "words", "add": "films", "finetune": "captions"}.get(given.command)
    if left and (taking is None or any(word.startswith("-") and word != "-" for word in left)):
        parser.error(f"unrecognized arguments: {' '.join(left)} (vidsearch {given.command} --help)")
    if taking is not None:
        setattr(given, taking, [*getattr(given, taking), *left])
    if given.command == "search":
        ways = (bool(given.words), given.image is not None, given.shot is not None)
        if sum(ways) != 1:
            parser.error("search takes WORDS, or --image FILE, or --shot ID: one of them")
        _check_files(parser, given)
    return given


def make_parser() -> argparse.ArgumentParser:
    """Describe all commands."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    common.add_argument("--debug", action="store_true", help="show where an error came from")

    parser = argparse.ArgumentParser(
        prog="vidsearch",
        description="Find any shot in a catalog of films by words, by a picture or by another shot.",
        epilog=_ENDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"vidsearch {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(
        name: str, summary: str, *, catalog: bool = True, more: str | None = None
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=summary,
            description=summary.capitalize() + ".",
            epilog=more,
            parents=[common],
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if catalog:
            made.add_argument(
                "catalog", metavar="CATALOG", help="a folder, or a prefix like s3://bucket/films"
            )
        return made

    demo = command("demo", "search the sample film and write a page of the answers", catalog=False)
    demo.add_argument(
        "--out", type=Path, default=Path("demo"), help="folder for the page (default: %(default)s)"
    )

    add = command("add", "take films into a catalog, which is made on first use")
    add.add_argument(
        "films", metavar="FILM", nargs="+", help="a file, a folder or a pattern as '~/Movies/*.mkv'"
    )
    add.add_argument(
        "--column",
        metavar="COLUMN=VALUE",
        action="append",
        default=[],
        help="a column of your own for these films, as --column show=Dark --column season=1 --column "
        "aired=2017-12-01; numbers and dates are kept as such; may be repeated",
    )

    segment = command("segment", "find the shots and keyframes of every film that is new")
    segment.add_argument("--retry", action="store_true", help="try films again that crashed or timed out")

    index = command("index", "make the shots searchable; only what is new is embedded")
    index.add_argument(
        "--encoder", metavar="NAME", default=DEFAULT_ENCODER, help=_encoder_help("%(default)s")
    )
    _encoder_options(index)

    search = command("search", "find shots by words, a picture or a shot", more=_QUERIES)
    search.add_argument(
        "words",
        metavar="WORDS",
        nargs="*",
        help="what is looked for: words, or an expression as below",
    )
    search.add_argument("--image", metavar="FILE", help="search by a picture instead of words")
    search.add_argument("--shot", metavar="ID", help="search by a shot of the catalog instead of words")
    search.add_argument(
        "-k", "--k", type=_count, metavar="N", default=20, help="most shots to give (default: %(default)s)"
    )
    search.add_argument("--where", metavar="COLUMN=VALUE", action="append", default=[], help=_WHERE)
    search.add_argument(
        "--min-score", type=float, metavar="SCORE", help="leave out shots below this score; 0 leaves out none"
    )
    search.add_argument(
        "--per-film", type=_count, metavar="N", help="most shots to give of one film (default: any number)"
    )
    for name, summary in _REFUSALS.items():
        search.add_argument(f"--no-{name}", dest=name, action="store_false", help=summary)
    search.add_argument(
        "--html", metavar="FILE", type=Path, help="also write the answer as a page of pictures"
    )
    search.add_argument(
        "--export",
        metavar="FILE",
        type=Path,
        help="also write the shots as a timeline for an editing program: .otio, .xml (Final Cut Pro 7; "
        "Premiere, Resolve), .fcpxml, .edl (Avid) or .csv (markers)",
    )
    search.add_argument(
        "--handles",
        type=_seconds,
        metavar="SECONDS",
        help="of --export: film that each clip gets before and after its shot (default: none)",
    )
    search.add_argument(
        "--reel", metavar="FILE", type=Path, help="also write the shots, one after another, as an .mp4"
    )
    search.add_argument(
        "--titles", action="store_true", help="of --reel: write title and timecode into the picture"
    )
    search.add_argument(
        "--sheet", metavar="FILE", type=Path, help="also write a contact sheet: .png, .jpg or .pdf"
    )
    search.add_argument(
        "--overwrite", action="store_true", help="replace files of --export, --reel and --sheet that exist"
    )
    search.add_argument(
        "--encoder", metavar="NAME", help=_encoder_help("the one that the catalog was indexed with last")
    )
    _encoder_options(search)

    add_commands(
        command,
        encoder_options=_encoder_options,
        encoder_help=_encoder_help("the one that the catalog was indexed with last"),
        where_help=_WHERE,
    )

    teaching.add_command(
        command,
        encoder_options=_encoder_options,
        encoder_help=_encoder_help("the one that the catalog was indexed with last"),
    )

    command("status", "say what a catalog holds and what is still to do")
    command("verify", "check every stored file against its checksum")
    return parser


def _encoder_help(default: str) -> str:
    return f"an open_clip model, a folder, a Hub id, or 'sample' (default: {default})"


def _encoder_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pretrained", metavar="TAG", help="which weights of an open_clip model")
    parser.add_argument(
        "--revision", metavar="ID", help="pin the encoder's weights to this revision of its repository"
    )
    parser.add_argument(
        "--device", metavar="NAME", help="where the encoder runs, as cpu or cuda (default: the best there is)"
    )


def _check_files(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    for option, needed in (("handles", ("export",)), ("titles", ("reel",)), ("overwrite", _FILES)):
        wanted = getattr(given, option)
        if wanted is not None and wanted is not False and not any(getattr(given, one) for one in needed):
            parser.error(f"--{option} is of {' or '.join(f'--{one}' for one in needed)}, which is missing")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 0 to 86400")
    return seconds


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 10_000:
        raise argparse.ArgumentTypeError(f"{number} is not a number from 1 to 10,000")
    return number
