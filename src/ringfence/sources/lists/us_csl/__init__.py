"""The Consolidated Screening List of the International Trade Administration: thirteen US lists in one file."""
