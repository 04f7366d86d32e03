"""Other systems' HTTP interfaces, answered from the same engine, so that their clients only change the address."""
