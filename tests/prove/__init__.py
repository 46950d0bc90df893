"""What takes long to prove: that a watcher may run for years, and be killed at any instant.

`make prove` runs all of it, `make test` a short form.
"""
