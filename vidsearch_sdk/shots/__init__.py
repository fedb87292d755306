"""From frames to difference scores, boundaries and keyframes. Pure: arrays in, arrays out."""
