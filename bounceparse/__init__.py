"""bounceparse reads bounce messages, finds which address failed and why, and says what to do next."""

from __future__ import annotations

__version__ = "0.1.0"
