"""Which addresses lead to a door at all: those that are declared, spelled as they are declared."""

import pytest

from backoffice.application import described
from backoffice.kernel.house import House
from backoffice.kernel.web.door import Door
from backoffice.kernel.web.front import Front
from tests.walls.knocking import Knock, answers, knocks, unlike

DOORS = [*knocks(), *knocks(public=True)]


def is_alone(one: Knock) -> bool:
    """Whether no door with a parameter at this place takes whatever stands there."""
    longer = one.url.removeprefix(f"/{one.product.name}") + "x"
    return not any(other.product is one.product and other.door.path_regex.match(longer) for other in DOORS)


def test_nothing_but_doors_answers_in_a_product() -> None:
    """Its documentation is shown by a setting, and not here. What is no door is under none of these tests."""
    others = [route for app in described().values() for route in app.router.routes if not isinstance(route, Door)]

    assert others == []


@pytest.mark.parametrize("more", ["%0A", "/", "//", ";a=b", "%00", "%3F", ".json"])
async def test_an_address_that_goes_on_after_its_end_leads_to_no_door(
    application: Front, house: House, more: str
) -> None:
    """Walls in front of us know addresses by heart: what is spelled otherwise must not be the same door."""
    plain = [one for one in DOORS if is_alone(one)]
    found = await answers(application, plain, sent=lambda one: {**one.sent, "url": one.url + more})

    assert len(plain) > 150
    assert unlike(found, 404) == []
