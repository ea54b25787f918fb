"""Every test here may ask for a fresh local cloud."""

from tests.cloud_fixture import cloud, cloud_process

__all__ = ["cloud", "cloud_process"]
