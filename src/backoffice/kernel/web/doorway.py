"""Finds the door of a request without asking every door: a product has dozens, and each would try its pattern."""

from collections import defaultdict
from collections.abc import Sequence

from starlette.types import Scope

from backoffice.kernel.web.door import Door


class Doorway:
    """Asks the doors with the request's method and number of path segments, in their order.

    No parameter of a path holds a slash, so no other door can fit. Paths without parameters are known by heart.
    """

    def __init__(self, doors: Sequence[Door]) -> None:
        self._doors: dict[tuple[str, int], list[Door]] = defaultdict(list)
        for door in doors:
            for method in door.methods or ():
                self._doors[method, door.path_format.count("/")].append(door)
        plain = [door for door in doors if "{" not in door.path_format]
        self._plain = {
            (method, door.path_format): self._search(method, door.path_format)
            for door in plain
            for method in door.methods or ()
        }

    def find(self, scope: Scope) -> tuple[Door, dict[str, str]] | None:
        """The door, and what stands in its path for each parameter."""
        path = scope["path"].removeprefix(scope["root_path"])
        return self._plain.get((scope["method"], path)) or self._search(scope["method"], path)

    def _search(self, method: str, path: str) -> tuple[Door, dict[str, str]] | None:
        for door in self._doors.get((method, path.count("/")), ()):
            if found := door.path_regex.match(path):
                return door, found.groupdict()
        return None
