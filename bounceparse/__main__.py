"""Lets ``python -m bounceparse`` stand for the ``bounceparse`` command."""

from __future__ import annotations

import sys

from bounceparse.cli.main import main

sys.exit(main())
