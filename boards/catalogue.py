"""All boards."""

from . import colorlight_i5, icebreaker, tang_nano_9k, ulx3s_85f, ulx3s_85f_crossbar
from .board import Board

BOARDS: dict[str, Board] = {module.BOARD.name: module.BOARD for module in (
    ulx3s_85f, ulx3s_85f_crossbar, colorlight_i5, icebreaker, tang_nano_9k)}
"""The boards by name."""
