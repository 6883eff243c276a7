"""Doors: how a request comes in, is let through, and is answered. Products declare them; nothing else speaks HTTP.

What this names is loaded when somebody takes it: commands ask for the products alone, and would load every part of a
door with them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backoffice.kernel.web.call import Call
    from backoffice.kernel.web.door import Doors
    from backoffice.kernel.web.inputs import Form, In, QueryString, Upload
    from backoffice.kernel.web.product import Product

__all__ = ["Call", "Doors", "Form", "In", "Product", "QueryString", "Upload"]
PLACES = {"Call": "call", "Doors": "door", "Product": "product"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{PLACES.get(name, 'inputs')}"), name)
