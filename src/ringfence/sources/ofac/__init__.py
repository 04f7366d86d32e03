"""Lists of the Office of Foreign Assets Control: four formats of one release, and the words that all of them print."""
