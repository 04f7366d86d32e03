"""Published lists, one folder each: `source.toml` says what it is, `parse.py` reads it."""
