"""Timelines for editing programs: what was picked, on the right frame, in five formats."""
