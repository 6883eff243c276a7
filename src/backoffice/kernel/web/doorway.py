"""Finds the door of a request without asking every door: a product has dozens, and each would try its pattern."""

from collections import defaultdict
from collections.abc import Iterable

from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from backoffice.kernel.web.door import Door


class Doorway:
    """ASGI: asks the doors with the request's method and number of path segments, in their order.

    No parameter of a path holds a slash, so no other door can fit; what fits none goes on to `otherwise`.
    """

    def __init__(self, doors: Iterable[Door], *, otherwise: ASGIApp) -> None:
        self._doors: dict[tuple[str, int], list[Door]] = defaultdict(list)
        for door in doors:
            for method in door.methods or ():
                self._doors[method, door.path_format.count("/")].append(door)
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"].removeprefix(scope["root_path"])
            for door in self._doors.get((scope["method"], path.count("/")), ()):
                match, found = door.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await door.handle(scope, receive, send)
                    return
        await self._otherwise(scope, receive, send)
