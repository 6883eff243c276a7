"""The helpdesk's application: its capabilities' doors, in the order in which paths are tried."""

from backoffice.helpdesk.access import api as access
from backoffice.helpdesk.product import HELPDESK
from backoffice.helpdesk.team import api as team
from backoffice.helpdesk.ticket import api as ticket
from backoffice.kernel.house import House
from backoffice.kernel.web.product_app import ProductApp


def helpdesk(house: House) -> ProductApp:
    return ProductApp(HELPDESK, house, doors=[access.door, team.door, ticket.door])
