"""Shield's application: its capabilities' doors, in the order in which paths are tried."""

from backoffice.kernel.house import House
from backoffice.kernel.web.product_app import ProductApp
from backoffice.shield.access import api as access
from backoffice.shield.product import SHIELD


def shield(house: House) -> ProductApp:
    return ProductApp(SHIELD, house, doors=[access.door])
