"""Who stands behind a party, what it supplies and holds, and what a listing would do to both.

Knows ties between parties and which of them are listed; never how a name is matched, and never what a list
prints: both come in as arguments. Everything here is a pure function of its arguments.
"""
