"""May this transaction go ahead, under the law of its day: rules as data, findings with citations, evidence.

Knows the procedure of the law and its tables; never how a name is matched, and never the clock: the matches
of each party and the day come in as arguments.
"""
