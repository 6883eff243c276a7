"""Every product of this house: a folder each, and a line here. kernel/web/product.py loads what a product says.

Settings, commands, the first start, migrations and the application ask this list; a product is described in its own
product.py.
"""

LISTED = {
    "helpdesk": "backoffice.helpdesk.product:HELPDESK",
    "shield": "backoffice.shield.product:SHIELD",
    "marketplace": "backoffice.marketplace.product:MARKETPLACE",
}
FIRST = next(iter(LISTED))
"""What a command means when no product is named."""


def known(name: str) -> str:
    """A name of the list; ValueError says which there are."""
    if name not in LISTED:
        *others, last = (f"'{one}'" for one in LISTED)
        raise ValueError(f"must be {', '.join(others)} or {last}" if others else f"must be {last}")
    return name
