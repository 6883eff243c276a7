"""A product is one folder and one line: what it says of itself is there, and nothing else names it."""

import re
from pathlib import Path

import pytest

import backoffice
from backoffice.kernel.web.product import Later, every_product
from backoffice.products import LISTED

SOURCE = Path(backoffice.__file__).parent
NAMING = {
    "__init__.py": "says where to start reading",
    "products.py": "the list itself",
    "kernel/access.py": "names an example in words",
    "kernel/audit/listing.py": "names an example in words",
    "kernel/backup/jobs.py": "asyncio.shield",
    "kernel/database/pages.py": "names an example in words",
}
"""Files outside the products that name one, and why."""


def test_no_file_outside_a_products_folder_names_it() -> None:
    word = re.compile(rf"\b({'|'.join(LISTED)})\b", re.IGNORECASE)
    outside = [file for file in SOURCE.rglob("*.py") if file.relative_to(SOURCE).parts[0] not in LISTED]
    naming = {file.relative_to(SOURCE).as_posix() for file in outside if word.search(file.read_text())}

    assert naming == NAMING.keys()


@pytest.mark.parametrize("name", LISTED)
def test_every_part_that_a_product_names_is_there(name: str) -> None:
    [product] = [one for one in every_product() if one.name == name]
    parts = [part for part in vars(product).values() if isinstance(part, Later)]

    assert product.doors
    assert all(part.load() is not None for part in parts)
    assert product.joining().product == name
    assert "super_admin" in product.roles
