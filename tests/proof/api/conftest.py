"""The small city of the HTTP tests."""

from tests.http.conftest import small_city

__all__ = ["small_city"]
