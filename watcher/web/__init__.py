"""The web: feeds over HTTP, for now."""
