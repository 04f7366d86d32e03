"""Answers about networks as pages that stand alone: a picture, a table beside it, a timeline of listings.

A page needs no script and no network: the picture is drawn when it is written, and everything in it also
stands in the table. A small script adds highlighting. Decides nothing.
"""

from ringfence.interfaces.pictures.page import network_page, simulation_page

__all__ = ["network_page", "simulation_page"]
