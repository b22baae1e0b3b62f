"""Sketch maps as SVG: streets, buildings and marks on one picture, drawn by the server.

For paper, for browsers without scripts or WebGL, and for pages of others. Owns what is read
around a view and how it is drawn. Owns no sentence and no colour: both are handed in. Equal rows
give equal bytes; nothing in a picture runs or loads anything.
"""
