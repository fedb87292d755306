"""Lines of dialogue: how they are stored, searched, and laid on shots."""
