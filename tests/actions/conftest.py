"""One local cloud for all tests of actions; a module that wants another world makes its own."""

from tests.cloud_fixture import cloud, cloud_process

__all__ = ["cloud", "cloud_process"]
