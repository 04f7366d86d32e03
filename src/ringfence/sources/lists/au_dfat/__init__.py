"""The Consolidated List of Australia's Department of Foreign Affairs and Trade."""
