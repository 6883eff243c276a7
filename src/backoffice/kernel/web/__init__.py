"""Doors: how a request comes in, is let through, and is answered. Products declare them; nothing else speaks HTTP."""

from backoffice.kernel.web.call import Call
from backoffice.kernel.web.door import Doors
from backoffice.kernel.web.inputs import Form, In, QueryString, Upload
from backoffice.kernel.web.product import Product

__all__ = ["Call", "Doors", "Form", "In", "Product", "QueryString", "Upload"]
