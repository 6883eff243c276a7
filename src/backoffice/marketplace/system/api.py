"""How the system is, for the dashboard of whoever runs it."""

from backoffice.kernel.health.looking import health_of
from backoffice.kernel.health.rules import Health, SystemUnhealthy
from backoffice.kernel.health.schemas import HealthOut
from backoffice.kernel.web import Call, Doors
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="System", prefix="/api/v1/admin/system")


@door.get("/health", permission=Market.SYSTEM_HEALTH, errors=[SystemUnhealthy], undaunted=True)
async def get_system_health(call: Call) -> Success[HealthOut]:
    """Every part, measured now. An unhealthy one makes 503 with the same `data` and `success` false.

    A part that hangs is unhealthy, and the answer is there within two seconds all the same.
    """
    health = await health_of(call.house, began=call.began)
    if health["status"] is Health.UNHEALTHY:
        raise SystemUnhealthy(health=dict(health))
    return success(health)
