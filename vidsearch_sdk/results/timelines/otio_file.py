"""OpenTimelineIO's own format, which Resolve and the tools of many film pipelines read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vidsearch_sdk.results.timelines.texts import file_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    import opentimelineio as otio

    from vidsearch_sdk.results.timelines.timeline import Clip, Source, Timeline

_OURS = "vidsearch"


def otio_text(timeline: Timeline) -> str:
    """Write a timeline as OpenTimelineIO: each clip in its film's own rate, linked to the whole film.

    A clip's ``source_range`` is its span with handles, in source timecode; its media's ``available_range`` is
    the whole film. A marker spans what was picked and carries query and score, as does
    ``metadata["vidsearch"]``. Films with sound have their clips on an audio track too.
    """
    import opentimelineio as otio

    schema = otio.schema
    video = schema.Track("V1", kind=schema.TrackKind.Video)
    video.extend(_clip(clip) for clip in timeline.clips)
    tracks = [video]
    if any(clip.source.channels for clip in timeline.clips):
        audio = schema.Track("A1", kind=schema.TrackKind.Audio)
        audio.extend(_sound(timeline))
        tracks.append(audio)
    written = schema.Timeline(timeline.title, global_start_time=_time(timeline.start(), timeline.rate))
    written.tracks.extend(tracks)
    written.metadata[_OURS] = {"drop_frame": timeline.drop}
    return str(written.to_json_string())


def _clip(clip: Clip) -> otio.schema.Clip:
    import opentimelineio as otio

    source = clip.source
    facts: dict[str, Any] = {
        "shot_id": clip.shot_id,
        "video_id": source.video_id,
        "rank": clip.rank,
        "query": clip.query,
        "why": clip.why,
        "note": clip.note,
        "picked_frames": [clip.start, clip.end],
        "handle_frames": [clip.before, clip.after],
    }
    if clip.score is not None:
        facts["score"] = clip.score
    written = otio.schema.Clip(
        name=clip.name,
        media_reference=_media(source),
        source_range=_range(source.start + clip.first, clip.frames, source.rate),
        # Where the EDL adapter looks for a reel, so that a list made from this file keeps it.
        metadata={_OURS: facts, "cmx_3600": {"reel": source.reel}},
    )
    marker = otio.schema.Marker(
        name=clip.query or clip.name,
        marked_range=_range(source.start + clip.start, clip.end - clip.start, source.rate),
        color=otio.schema.MarkerColor.GREEN,
    )
    marker.comment = clip.note
    written.markers.append(marker)
    return written


def _sound(timeline: Timeline) -> Iterator[otio.core.Item]:
    import opentimelineio as otio

    for clip in timeline.clips:
        if clip.source.channels:
            yield otio.schema.Clip(
                name=clip.name,
                media_reference=_media(clip.source),
                source_range=_range(clip.source.start + clip.first, clip.frames, clip.source.rate),
            )
        else:
            yield otio.schema.Gap(source_range=_range(0, clip.frames, clip.source.rate))


def _media(source: Source) -> otio.schema.ExternalReference:
    import opentimelineio as otio

    media = otio.schema.ExternalReference(
        target_url=file_url(source.path), available_range=_range(source.start, source.frames, source.rate)
    )
    media.name = source.file_name
    media.metadata[_OURS] = {
        "title": source.title,
        "reel": source.reel,
        "source_timecode": source.timecode(0),
        "drop_frame": source.drop,
        "frame_rate": str(source.rate),
    }
    return media


def _range(start: int, frames: int, rate: Fraction) -> otio.opentime.TimeRange:
    import opentimelineio as otio

    return otio.opentime.TimeRange(_time(start, rate), _time(frames, rate))


def _time(frames: int, rate: Fraction) -> otio.opentime.RationalTime:
    import opentimelineio as otio

    # Frames stay whole numbers; the rate is the double nearest to the fraction, which is what OTIO's own
    # table of timecode rates holds.
    return otio.opentime.RationalTime(frames, float(rate))
