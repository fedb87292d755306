"""A proxy in a browser: it plays while it comes, shows each frame at its time, and loops with its sound."""

from __future__ import annotations

import base64
from fractions import Fraction

import numpy as np
import pytest

from vidsearch_sdk.video.proxies import open_proxy
from vidsearch_sdk.video.writing import Sound, VideoWriter

RATE = 48_000

# Sets window.film up: a video that is fed through MediaSource.
FEED = """
async ([mime, chunks]) => {
  document.body.innerHTML = '<video id="film" loop muted playsinline></video>';
  const film = document.getElementById('film'), source = new MediaSource(), told = {seen: [], again: 0};
  const see = (now, frame) => { told.seen.push(frame.mediaTime); film.requestVideoFrameCallback(see); };
  film.requestVideoFrameCallback(see);
  film.addEventListener('seeked', () => { told.again += 1; });
  film.src = URL.createObjectURL(source);
  await new Promise(done => source.addEventListener('sourceopen', done, {once: true}));
  const buffer = source.addSourceBuffer(mime);
  const add = async text => {
    buffer.appendBuffer(Uint8Array.from(atob(text), c => c.charCodeAt(0)));
    await new Promise(done => buffer.addEventListener('updateend', done, {once: true}));
  };
  await add(chunks[0]);
  told.early = [buffer.buffered.start(0), buffer.buffered.end(0), source.duration];
  await film.play();  // before the rest has come
  for (const text of chunks.slice(1)) await add(text);
  told.all = [buffer.buffered.length, buffer.buffered.start(0)];
  source.endOfStream();
  told.duration = film.duration;
  window.film = film;
  window.told = told;
}
"""

LOOK = """
async seconds => {
  film.pause();
  const shown = new Promise(done => film.requestVideoFrameCallback((now, frame) => done(frame.mediaTime)));
  film.currentTime = seconds;
  const at = await shown, canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [film.videoWidth, film.videoHeight];
  const pen = canvas.getContext('2d');
  pen.drawImage(film, 0, 0);
  return [at, pen.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0]];
}
"""

# Gives where clicks are heard, in seconds of the film.
LISTEN = """
async () => {
  const sounds = new AudioContext({sampleRate: 48000}), clicks = [], pairs = [];
  await sounds.resume();
  const code = `registerProcessor('clicks', class extends AudioWorkletProcessor {
    process(inputs) {
      const found = inputs[0][0] ? inputs[0][0].findIndex(value => Math.abs(value) > 0.2) : -1;
      if (found >= 0) this.port.postMessage(currentTime + found / 48000);
      return true;
    }})`;
  await sounds.audioWorklet.addModule(URL.createObjectURL(new Blob([code], {type: 'text/javascript'})));
  const node = new AudioWorkletNode(sounds, 'clicks');
  node.port.onmessage = event => clicks.push(event.data);
  sounds.createMediaElementSource(film).connect(node).connect(sounds.destination);
  film.muted = film.loop = false;
  film.currentTime = 0;
  await film.play();
  const timer = setInterval(() => pairs.push(film.currentTime - sounds.currentTime), 10);
  await new Promise(done => film.addEventListener('ended', done, {once: true}));
  clearInterval(timer);
  pairs.sort((a, b) => a - b);
  return clicks.map(at => at + pairs[pairs.length >> 1]);
}
"""


def light(number):
    return 30 + (number * 53) % 200


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """Four seconds at 25 frames a second, told apart by their light; a click every half second."""
    samples = np.zeros(4 * RATE, np.float32)
    for half in range(8):
        samples[half * RATE // 2 :][:96] = 0.9 * np.sin(2 * np.pi * 2000 * np.arange(96) / RATE)
    path = tmp_path_factory.mktemp("film") / "numbered.mp4"
    sound = Sound(samples, rate=RATE, bit_rate=128_000)
    with VideoWriter(path, width=64, height=48, rate=Fraction(25), sound=sound) as writer:
        for number in range(100):
            writer.write(np.full((48, 64, 3), light(number), np.uint8))
    return path


@pytest.fixture(scope="module")
def fed(chromium, numbered):
    """A page that plays frames 20 to 70, and the proxy's times."""
    with open_proxy(numbered, start_pts=20 * 512, end_pts=70 * 512) as proxy:
        chunks = [base64.b64encode(chunk).decode("ascii") for chunk in proxy]
    page = chromium.new_page()
    # Sounds are worked on in secure contexts only, such as a page of this machine.
    page.route("http://localhost/**", lambda route: route.fulfill(body="<body>", content_type="text/html"))
    page.goto("http://localhost/")
    page.evaluate(FEED, [proxy.mime, chunks])
    yield page, proxy
    page.close()


def test_it_plays_each_frame_at_its_time_and_loops(fed):
    page, proxy = fed
    page.wait_for_function("told.again >= 2")
    told = page.evaluate("told")
    # Pictures and sound both start at 0; the length is known before the rest has come.
    assert told["early"] == pytest.approx([0, 0.24, 2], abs=0.03)
    assert told["all"] == [1, 0]
    assert told["duration"] == pytest.approx(2, abs=1e-5)
    distances = [min(abs(seen - time) for time in proxy.times) for seen in told["seen"]]
    assert max(distances) < 1e-4
    assert len(told["seen"]) > 50


@pytest.mark.parametrize("place", [0, 1, 5, 6, 30, 48, 49])
def test_a_step_shows_that_frame(fed, place):
    page, proxy = fed
    middle = [*proxy.times, proxy.duration_s][place : place + 2]
    at, seen = page.evaluate(LOOK, sum(middle) / 2)
    assert at == pytest.approx(proxy.times[place], abs=1e-4)
    assert seen == pytest.approx(light(20 + place), abs=8)


def test_sound_is_heard_with_its_pictures(fed):
    page, _ = fed
    page.mouse.click(5, 5)  # a browser is silent until someone does something
    heard = page.evaluate(LISTEN)
    clicks = [at for number, at in enumerate(heard) if not number or at - heard[number - 1] > 0.2]
    # The span starts 0.8 s into the film, so its clicks come 0.2 s after the start and every half second.
    assert len(clicks) >= 3
    assert [(at - 0.2 + 0.25) % 0.5 - 0.25 for at in clicks] == pytest.approx([0] * len(clicks), abs=0.01)
