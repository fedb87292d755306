"""Opening, probing and decoding films, reading their subtitles, writing clips."""
