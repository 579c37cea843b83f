"""The artist of the sandbox: pictures drawn from a prompt's words, without any model."""

from __future__ import annotations

from onebrush.sandbox.artist.commission import Commission
from onebrush.sandbox.artist.film import draw_gif
from onebrush.sandbox.artist.layers import Layer, split
from onebrush.sandbox.artist.references import BadReference
from onebrush.sandbox.artist.render import draw, draw_draft, draw_svg

__all__ = ["BadReference", "Commission", "Layer", "draw", "draw_draft", "draw_gif", "draw_svg", "split"]
