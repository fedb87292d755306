"""What a fine-tuning run gives back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.learning.measured import STEERED_BY
from vidsearch_sdk.learning.out_folder import read_record
from vidsearch_sdk.learning.push import push_folder
from vidsearch_sdk.pages.chart import Chart
from vidsearch_sdk.pages.line_chart import Line, LinePanel, draw_lines
from vidsearch_sdk.pages.markup import Markup, element, join


@dataclass(frozen=True, repr=False)
class FineTuned:
    """An encoder that was tuned, with how it went.

    Attributes:
        folder: Its folder; ``vs.Encoder(folder)`` loads it, as any other.
        fingerprint: Of the encoder.
        history: One row per measurement: ``step``, ``loss`` (mean since the one before), ``rate``,
            ``R@1``, ``R@5`` and ``MRR`` of held-out captions, ``general`` (nDCG@10 of general queries).
        figures: ``before`` and ``after``, each with the same four figures.
        blend: How far it went from the given weights (0) to the tuned ones (1).
        record: All that is known of the run: settings, data, the encoder that was tuned.
    """

    folder: Path
    fingerprint: str
    history: pd.DataFrame
    figures: Mapping[str, Mapping[str, float]]
    blend: float
    record: Mapping[str, Any]

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> FineTuned:
        """Read what a run wrote, of this process or another.

        Raises:
            StorageError: The folder was not written by ``finetune``.
        """
        place = Path(folder).expanduser().absolute()
        record = read_record(place)
        try:
            return cls(
                place,
                str(record["fingerprint"]),
                pd.DataFrame(record["history"]),
                record["figures"],
                float(record["blend"]),
                record,
            )
        except (KeyError, TypeError, ValueError) as error:
            from vidsearch_sdk.errors import StorageError

            raise StorageError(f"{place} was not written by this version of finetune ({error!r})") from error

    def __repr__(self) -> str:
        before, after = self.figures["before"], self.figures["after"]
        told = ", ".join(f"{name} {before[name]:.3f} -> {after[name]:.3f}" for name in ("R@1", "general"))
        shown = f"FineTuned({str(self.folder)!r}: {told}, blend {self.blend:g})"
        return "\n".join([shown, *self.notes])

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the figures, one sentence each.

        Told is where held-out captions gained less than half of what a larger share of the tuned weights
        would have given them, which general queries did not allow.
        """
        before, taken = (self.figures[when][STEERED_BY] for when in ("before", "after"))
        larger = [one for one in self.record.get("tried", ()) if one["blend"] > self.blend]
        best = max(larger, key=lambda one: float(one[STEERED_BY]), default=None)
        if best is None or taken - before >= (best[STEERED_BY] - before) / 2:
            return ()
        return (
            f"the blend of {self.blend:g} takes held-out mean reciprocal rank from {before:.3f} to "
            f"{taken:.3f}; {best['blend']:g} would reach {best[STEERED_BY]:.3f}, with general queries at "
            f"{best['general']:.3f} instead of {self.figures['before']['general']:.3f}. A larger "
            "largest_loss, or blend= a number, takes it: with overwrite=True, which trains again",
        )

    def encoder(self, **options: Any) -> Encoder:
        """Load the encoder.

        Args:
            **options: As of ``vs.Encoder``: ``device``, ``dtype``, ``batch_size``, ``templates``.
        """
        return Encoder(self.folder, **options)

    def plot(self) -> Chart:
        """Draw loss, held-out recall and general queries over the steps."""
        steps = [float(step) for step in self.history["step"]]

        def line(name: str, words: str, *, other: bool = False) -> Line:
            values = [float(value) for value in self.history[name]]
            return Line(words, tuple(zip(steps, values, strict=True)), other=other)

        panels = [
            LinePanel("loss", (line("loss", "loss"),)),
            LinePanel("held-out recall", (line("R@1", "R@1"), line("R@5", "R@5", other=True)), 0.0, 1.0),
            LinePanel("general queries, nDCG@10", (line("general", "nDCG@10"),), 0.0, 1.0),
        ]
        return draw_lines(panels, across="step", label=f"Training of {self.folder.name}")

    def _repr_html_(self) -> str:
        names = list(self.figures["after"])
        rows = [
            element("tr", element("th", words), *(element("td", f"{one[name]:.3f}") for name in names))
            for words, one in self.figures.items()
        ]
        head = element("tr", element("th", ""), *(element("th", name) for name in names))
        told = f"{self.folder.name}: blend {self.blend:g} of given (0) and tuned (1) weights"
        table = element("table", head, *rows)
        notes = [element("p", note) for note in self.notes]
        return join([element("p", told), *notes, Markup(table), self.plot().svg])

    def push(
        self,
        repo_id: str,
        *,
        private: bool = True,
        token: str | None = None,
        message: str | None = None,
        words: bool = True,
    ) -> str:
        """Put the folder on the Hugging Face Hub; ``vs.Encoder(repo_id)`` loads it from there.

        Args:
            repo_id: ``organization/name``; made if it does not exist.
            private: Whether a new repository is.
            token: Of the Hub, with the right to write; None for the one that ``hf auth login`` stored.
            message: Of the commit.
            words: Whether ``words.txt`` goes along, where the encoder has one: it lists every word of the
                captions, names of people included, and lets a search tell words that the encoder knows from
                others. Without it the encoder finds what it finds, and cannot say which words it knows.

        Returns:
            The address of the repository.

        Raises:
            EncoderUnavailable: The Hub refuses or cannot be reached; says what to do.
        """
        return push_folder(
            self.folder,
            repo_id,
            private=private,
            token=token,
            message=message or "Fine-tuned encoder",
            words=words,
        )
