"""The artist of the sandbox: pictures drawn from a prompt's words, without any model."""

from __future__ import annotations

from onebrush.sandbox.artist.commission import Commission
from onebrush.sandbox.artist.references import BadReference
from onebrush.sandbox.artist.render import draw, draw_draft, draw_gif, draw_svg

__all__ = ["BadReference", "Commission", "draw", "draw_draft", "draw_gif", "draw_svg"]
