"""The reference client of the documentation, as a module for tests."""

import importlib.util
import sys
from types import ModuleType

from tests.support.machine import ROOT


def load_reference_client() -> ModuleType:
    """Load `docs/reference_client.py` as it stands there."""
    name = "esik_reference_client"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "reference_client.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
