"""What products say of themselves after a restore."""

from backoffice.kernel.web.part import Part
from backoffice.kernel.web.product import every_product


def parts() -> list[Part]:
    return [product.recovery.load() for product in every_product() if product.recovery]
