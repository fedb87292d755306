"""What can be made of a row of hits: timelines for editing programs, a reel, a contact sheet."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit


class HandOver(Sequence["Hit"]):
    """A row of hits that can be handed over; the base of ``SearchResults`` and ``Tray``."""

    @property
    def title(self) -> str:
        """What timelines and contact sheets are called."""
        raise NotImplementedError

    def export(
        self,
        path: str | os.PathLike[str],
        *,
        title: str | None = None,
        handles_s: float = 0.0,
        overwrite: bool = False,
        on_progress: Callable[[float], None] | None = None,
    ) -> Path:
        """Write the hits, in order, as a timeline that editing programs open, exact to the frame.

        Args:
            path: The file to write; its suffix chooses the format: ``.otio`` (OpenTimelineIO), ``.xml``
                (Final Cut Pro 7; for Premiere and Resolve), ``.fcpxml`` (Final Cut Pro), ``.edl`` (CMX
                3600; for Avid) or ``.csv`` (one marker per row).
            title: What the timeline is called; what was searched for by default.
            handles_s: Seconds by which each clip is longer than its shot on either side, as far as the film
                reaches; what was picked is marked.
            overwrite: Replace a file that exists.
            on_progress: Told the share that is done, 0 to 1; what it raises ends the work.

        Returns:
            The file written.

        Raises:
            QueryError: There are no hits, the suffix is none of these, or one EDL would mix frame rates.
            VideoNotFound: Films have moved or are gone; names them.
            StorageError: The file exists and ``overwrite`` is false, or the disk refused.
        """
        from vidsearch_sdk.results.timelines.export import export

        return export(
            self,
            path,
            title=self.title if title is None else title,
            handles_s=handles_s,
            overwrite=overwrite,
            on_progress=on_progress,
        )

    def reel(
        self,
        path: str | os.PathLike[str],
        *,
        size: tuple[int, int] | None = None,
        frame_rate: Fraction | float | str | None = None,
        titles: bool = False,
        crossfade_s: float = 0.05,
        overwrite: bool = False,
        progress: bool = True,
        on_progress: Callable[[float], None] | None = None,
    ) -> Path:
        """Write the hits, in order, as one film of one size and rate, with their sound.

        Args:
            path: The mp4 to write: H.264 and AAC, which every player takes.
            size: Width and height in pixels, even; that of the largest film up to 1080 rows by default.
            frame_rate: Frames per second; the commonest among the hits by default.
            titles: Write title and timecode into the picture.
            crossfade_s: Seconds over which the sound of one clip goes into that of the next.
            overwrite: Replace a file that exists.
            progress: Whether to show a bar.
            on_progress: Told the share that is done, 0 to 1; what it raises ends the work.

        Returns:
            The file written.

        Raises:
            QueryError: There are no hits, or an option is out of range.
            VideoNotFound: Films have moved or are gone; names them.
            VideoError: A film cannot be decoded.
            StorageError: The file exists and ``overwrite`` is false, or the disk refused.
        """
        from vidsearch_sdk.results.reel import write_reel

        return write_reel(
            self,
            path,
            size=size,
            frame_rate=frame_rate,
            titles=titles,
            crossfade_s=crossfade_s,
            overwrite=overwrite,
            progress=progress,
            on_progress=on_progress,
        )

    def contact_sheet(
        self,
        path: str | os.PathLike[str],
        *,
        title: str | None = None,
        columns: int = 5,
        overwrite: bool = False,
        on_progress: Callable[[float], None] | None = None,
    ) -> Path:
        """Write the hits' keyframes side by side as one picture, with titles, timecodes and scores.

        Args:
            path: The picture to write, ``.png``, ``.jpg`` or (several pages) ``.pdf``.
            title: The headline; what was searched for by default.
            columns: Pictures side by side.
            overwrite: Replace a file that exists.
            on_progress: Told the share that is done, 0 to 1; what it raises ends the work.

        Returns:
            The file written.

        Raises:
            QueryError: There are no hits, or an option is out of range.
            StorageError: The file exists and ``overwrite`` is false, or the disk refused.
        """
        from vidsearch_sdk.results.contact_sheet import write_contact_sheet

        return write_contact_sheet(
            self,
            path,
            title=self.title if title is None else title,
            columns=columns,
            overwrite=overwrite,
            on_progress=on_progress,
        )
