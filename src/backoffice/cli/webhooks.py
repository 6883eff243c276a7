"""webhooks: the endpoints that are told what happens, what was delivered to them, and doing it again."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from backoffice.cli.platform import BY, WITH_PLATFORM, ProductOption
from backoffice.kernel.actor import system
from backoffice.kernel.web.product import product_of
from backoffice.settings import Product
from backoffice.speaking import PRODUCTS, VAR, Data, Refused, in_house, out, product_named, show

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeVar

    from backoffice.kernel.house import House
    from backoffice.kernel.webhooks.deliveries import AttemptRow, LoggedRow
    from backoffice.kernel.webhooks.endpoints import ListedRow
    from backoffice.kernel.write import Tx

    T = TypeVar("T")

app = typer.Typer(help="Signed events to other systems.", no_args_is_help=True)
TIME = "%Y-%m-%d %H:%M:%S"
EndpointOption = Annotated[str | None, typer.Option(help="Of this endpoint alone")]
EndpointArgument = Annotated[str, typer.Argument(help="The endpoint's id, as `webhooks list` names it")]
DeliveryArgument = Annotated[int, typer.Argument(help="The delivery's number, as `webhooks log` names it")]


@app.command(name="add")
def add(
    product: Annotated[Product, typer.Argument(help="Whose events", parser=product_named, metavar=PRODUCTS)],
    url: Annotated[str, typer.Argument(help="Where to send them: https, and reachable from the internet")],
    event: Annotated[list[str] | None, typer.Option(help="Which event; repeat for more, leave out for all")] = None,
    data: Data = VAR,
) -> None:
    """Send a product's events to this address from now on; prints the secret that signs them, once."""
    from backoffice.kernel.webhooks import actions, rules
    from backoffice.kernel.webhooks.sending import Sender

    known = product_of(product).events
    if not known:
        raise Refused(f"{product} has no events to tell")
    rules.check_events(event or (), known)

    async def register(house: "House") -> tuple[str, str]:
        await Sender(allow_loopback=house.settings.webhooks_allow_loopback).check(url)
        async with house.database.write(system(product, BY)) as tx:
            return await actions.add_endpoint(tx, house.keys, url, events=frozenset(event or known))

    endpoint_id, secret = in_house(data, register)
    out.print(f"The endpoint {endpoint_id}; it verifies with this secret, which is shown once:", highlight=False)
    out.print(secret, markup=False, highlight=False, soft_wrap=True)


@app.command(name="list")
def list_all(product: ProductOption = WITH_PLATFORM, data: Data = VAR) -> None:
    """Print the endpoints, how they are, and what waits for them."""
    from backoffice.kernel.webhooks import endpoints

    async def find(house: "House") -> "list[ListedRow]":
        async with house.database.read() as db:
            return await endpoints.list_endpoints(db, product)

    table = Table("id", "url", "events", "how it is", "pending", "failed", "both secrets until")
    for row in in_house(data, find):
        both = f"{row.old_until:{TIME}}" if row.old_until else ""
        table.add_row(row.id, row.url, ", ".join(row.events), _health(row), str(row.pending), str(row.failed), both)
    show(table, otherwise=f"{product} has no endpoint.")


@app.command(name="remove")
def remove(endpoint_id: EndpointArgument, product: ProductOption = WITH_PLATFORM, data: Data = VAR) -> None:
    """Nothing is sent there any more; what was is forgotten."""
    from backoffice.kernel.webhooks import actions

    _write(data, product, lambda tx, _: actions.remove_endpoint(tx, endpoint_id))
    _say(f"The endpoint {endpoint_id} is removed.")


@app.command(name="rotate")
def rotate(
    endpoint_id: EndpointArgument,
    overlap: Annotated[int, typer.Option(min=0, max=720, help="Hours in which the old secret signs as well")] = 24,
    product: ProductOption = WITH_PLATFORM,
    data: Data = VAR,
) -> None:
    """Print a new secret, once; the old one signs beside it until the overlap is over."""
    from backoffice.kernel.webhooks import actions

    secret = _write(
        data, product, lambda tx, house: actions.rotate_secret(tx, house.keys, endpoint_id, overlap_hours=overlap)
    )
    out.print(secret, markup=False, highlight=False, soft_wrap=True)


@app.command(name="enable")
def enable(endpoint_id: EndpointArgument, product: ProductOption = WITH_PLATFORM, data: Data = VAR) -> None:
    """Send there again, after it answered 410 Gone."""
    from backoffice.kernel.webhooks import actions

    _write(data, product, lambda tx, _: actions.enable_endpoint(tx, endpoint_id))
    _say(f"The endpoint {endpoint_id} is enabled.")


@app.command(name="test")
def send_test(endpoint_id: EndpointArgument, product: ProductOption = WITH_PLATFORM, data: Data = VAR) -> None:
    """Queue the event `ping` for this endpoint; the worker sends it."""
    from backoffice.kernel.webhooks import actions

    delivery_id = _write(data, product, lambda tx, _: actions.send_ping(tx, endpoint_id))
    _say(f"Queued. `backoffice webhooks attempts {delivery_id}` tells what became of it.")


@app.command(name="log")
def log(
    endpoint: EndpointOption = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what was given up")] = False,
    most: Annotated[int, typer.Option(min=1, help="How many")] = 50,
    product: ProductOption = WITH_PLATFORM,
    data: Data = VAR,
) -> None:
    """Print the newest deliveries, and how the last attempt at each ended."""
    from backoffice.kernel.webhooks import deliveries
    from backoffice.kernel.webhooks.rules import Status

    async def find(house: "House") -> "list[LoggedRow]":
        async with house.database.read() as db:
            status = Status.FAILED if failed else None
            return await deliveries.list_log(db, product, endpoint_id=endpoint, status=status, most=most)

    table = Table("delivery", "event", "happened", "endpoint", "status", "attempts", "last answer", "next attempt")
    for row in in_house(data, find):
        happened, next_at = f"{row.happened_at:{TIME}}", f"{row.next_attempt_at:{TIME}}" if row.next_attempt_at else ""
        last = _ending(row.answer, row.error)
        table.add_row(str(row.id), row.event, happened, row.url, row.status, str(row.attempts), last, next_at)
    show(table, otherwise=f"No such delivery of {product} is known.")


@app.command(name="attempts")
def list_attempts(delivery_id: DeliveryArgument, product: ProductOption = WITH_PLATFORM, data: Data = VAR) -> None:
    """Print every attempt at one delivery."""
    from backoffice.kernel.webhooks import deliveries

    async def find(house: "House") -> "list[AttemptRow]":
        async with house.database.read() as db:
            return await deliveries.list_attempts(db, product, delivery_id=delivery_id)

    table = Table("ended", "answer", "milliseconds")
    for row in in_house(data, find):
        table.add_row(f"{row.ended_at:{TIME}}", _ending(row.answer, row.error), str(row.milliseconds))
    show(table, otherwise=f"No attempt at delivery {delivery_id} of {product} is known.")


@app.command(name="replay")
def replay(
    delivery_id: Annotated[int | None, typer.Argument(help="This delivery, whether it arrived or was given up")] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Or all that was given up of events since then, in UTC")
    ] = None,
    endpoint: EndpointOption = None,
    product: ProductOption = WITH_PLATFORM,
    data: Data = VAR,
) -> None:
    """Deliver again: the same bytes under the same webhook-id."""
    from backoffice.kernel.webhooks import actions

    if delivery_id is not None and since is None:
        number = delivery_id
        _write(data, product, lambda tx, _: actions.replay(tx, number))
        _say(f"Delivery {number} is queued.")
    elif since is not None and delivery_id is None:
        began = since.replace(tzinfo=UTC)
        count = _write(data, product, lambda tx, _: actions.replay_failed(tx, since=began, endpoint_id=endpoint))
        _say(f"Deliveries queued: {count}.")
    else:
        raise Refused("name one delivery, or --since")


def _write(data: "Data", product: Product, work: "Callable[[Tx, House], Awaitable[T]]") -> "T":
    """One piece of work inside one write, as the operator."""

    async def carried_out(house: "House") -> "T":
        async with house.database.write(system(product, BY)) as tx:
            return await work(tx, house)

    return in_house(data, carried_out)


def _health(row: "ListedRow") -> str:
    if row.disabled_at is not None:
        return f"disabled: 410 on {row.disabled_at:{TIME}}"
    return f"failing since {row.failing_since:{TIME}}" if row.failing_since else "well"


def _ending(answer: int | None, error: str | None) -> str:
    return " ".join(str(part) for part in (answer, error) if part is not None)


def _say(sentence: str) -> None:
    out.print(sentence, markup=False, highlight=False)
