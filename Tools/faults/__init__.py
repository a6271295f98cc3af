"""The fault campaign: what `Tools/soak` runs."""
