"""A database that goes back to what it was while its gateway and its journal go on."""

from collections.abc import Iterator

import pytest

from backoffice.kernel.database.embedded import EmbeddedServer
from tests.restoring import Past


@pytest.fixture
def past(clean: EmbeddedServer) -> Iterator[Past]:
    with Past(clean) as remembered:
        yield remembered
