"""Files that people bring to the service, and what becomes of them: kept on disk, worked on in the background.

`shelf.py` knows where an upload lies and who it belongs to, `answers.py` how answers are kept so that any page of them is
had at once, `screening.py` works the runs off, a bounded number at a time.
"""
