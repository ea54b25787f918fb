"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("shared-cores", deadline=None)  # what another process takes from a core is no slow example
settings.load_profile("shared-cores")
