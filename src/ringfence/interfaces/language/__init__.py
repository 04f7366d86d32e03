"""What people read, in their language: pages, reports and the printed memo take their words from here.

`texts.py` has the texts of `messages/LANGUAGE/SUBJECT.toml` and writes numbers, days and countries; `said.py` has what the engine
says, sentence by sentence; `reasons.py` has why a name matched. Files of data (CSV, JSON Lines ...) have no language.
"""
