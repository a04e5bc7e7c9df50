"""bounceparse reads bounce messages, finds which address failed and why, and says what to do next."""

from __future__ import annotations

from bounceparse.api import classify, explain, parse, read_bounces, summarize

__all__ = ["__version__", "classify", "explain", "parse", "read_bounces", "summarize"]
__version__ = "0.1.0"
