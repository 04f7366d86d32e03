"""Answers about networks as pages that stand alone: a picture, a table beside it, a timeline of listings.

A page needs no script and no network: the picture is drawn when it is written, and everything in it also
stands in the table. A small script adds highlighting. Decides nothing.
"""

from ringfence.interfaces.pictures.drawing import Drawing, Picture, asset, svg
from ringfence.interfaces.pictures.page import MOST_ROWS, network_page, simulation_page

__all__ = ["MOST_ROWS", "Drawing", "Picture", "asset", "network_page", "simulation_page", "svg"]
