"""The Consolidated List of Financial Sanctions Targets of the United Kingdom, closed on 28 January 2026."""
