"""The Consolidated Financial Sanctions File of the European Union."""
