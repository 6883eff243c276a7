"""payouts: the files that go to the bank, and those that come back."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from backoffice.speaking import VAR, Data, Refused, checked, in_house, out, show

if TYPE_CHECKING:
    from backoffice.kernel.house import House

app = typer.Typer()
payouts = typer.Typer(help="ACH payouts by file: what goes to the bank, what comes back.", no_args_is_help=True)
app.add_typer(payouts, name="payouts")


@payouts.command(name="file")
def write_file(
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day of the file; today when left out")
    ] = None,
    data: Data = VAR,
) -> None:
    """Write the NACHA file of the day's pending ACH payouts. A file once written never changes."""
    from backoffice.kernel.gateways.banking_days import today
    from backoffice.kernel.gateways.nacha import UnwritableFile
    from backoffice.shield.clearing.actions import write_files

    async def write(house: "House") -> int:
        number = 0
        async for file in write_files(house, day.date() if day else today()):
            amount = f"{file.total_minor // 100:,}.{file.total_minor % 100:02d} dollars"
            out.print(f"{file.where}: {file.payouts} payouts, {amount}, effective {file.effective_on}", style="bold")
            number += 1
        return number

    try:
        written = in_house(data, write)
    except UnwritableFile as exc:
        raise Refused(f"nothing was written: {exc}") from exc
    if not written:
        out.print("No ACH payout is due.")


@payouts.command(name="fetch")
def fetch_file(
    name: Annotated[str, typer.Argument(help="The file's name, as `payouts file` told it")],
    into: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The folder it is copied into")],
    to_compare: Annotated[
        bool, typer.Option("--to-compare", help="Also while the house is held: not to be sent")
    ] = False,
    data: Data = VAR,
) -> None:
    """Copy a written file out of the object store, or the data folder. It is compared with what was recorded.

    Refused while the house is held after a restore: the bank may have it already.
    """
    from backoffice.shield.clearing.writing import fetch_file as fetched

    async def fetch(house: "House") -> bytes:
        return await fetched(house, name, to_compare=to_compare)

    content = in_house(data, fetch)
    copy = into / Path(name).name
    try:
        with copy.open("xb") as file:
            copy.chmod(0o600)
            file.write(content)
    except FileExistsError:
        raise Refused(f"{copy} is there already") from None
    out.print(str(copy))


@payouts.command(name="returns")
def read_returns(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A return file from the bank")],
    data: Data = VAR,
) -> None:
    """Carry out the bank's returns, each once however often they are read. The rest waits for staff as exceptions."""
    from backoffice.kernel.gateways.nacha_reader import UnreadableFile
    from backoffice.shield.bank_record.intake import Line, take_returns

    async def take(house: "House") -> list[Line]:
        return await take_returns(house, file.read_bytes())

    try:
        lines = in_house(data, take)
    except UnreadableFile as exc:
        raise Refused(f"nothing of {file} was carried out: {exc}") from exc
    table = Table("trace number", "code", "meaning", "what was done")
    for line in lines:
        table.add_row(line.trace_number, line.code, line.meaning, line.outcome)
    show(table, otherwise=f"{file} has no returns in it.")
    if any(line.again for line in lines):
        raise Refused("some entries were not carried out: read the file again once they are noted as sent")


@payouts.command(name="reject")
def reject_file(
    name: Annotated[str, typer.Argument(help="The file's name, as `payouts file` told it")],
    reason: Annotated[str, typer.Option(help="Why nothing of it was paid; goes into the audit log")],
    data: Data = VAR,
) -> None:
    """Say that the bank refused a whole file or never got it: its payouts fail, and may be tried again."""
    from backoffice.shield.clearing import actions as clearing
    from backoffice.shield.free_text import Reason

    because = checked(Reason, reason, named="reason")

    async def reject(house: "House") -> int:
        return await clearing.reject_file(house, name, because=because)

    out.print(f"{name}: payouts that failed and may be tried again: {in_house(data, reject)}")


@payouts.command(name="lost")
def list_lost(data: Data = VAR) -> None:
    """Payouts that left before the database was restored, and that it never heard of: their claims are not paid."""
    from backoffice.shield.transfer.store import LostRow
    from backoffice.shield.transfer.store import list_lost as lost_ones

    async def look(house: "House") -> list[LostRow]:
        async with house.database.read() as db:
            return await lost_ones(db)

    lost = in_house(data, look)
    if not lost:
        out.print("No payout is lost.")
        return
    table = Table("try", "claim", "dollars", "left at")
    for one in lost:
        dollars = f"{one.amount_minor // 100:,}.{one.amount_minor % 100:02d}"
        table.add_row(one.attempt_id, one.claim_id, dollars, f"{one.left_at:%Y-%m-%d %H:%M:%S} UTC")
    out.print(table)


@payouts.command(name="settle-lost")
def settle_lost(
    attempt: Annotated[str, typer.Argument(help="The try, as `payouts lost` names it")],
    reason: Annotated[str, typer.Option(help="What came of the money; goes into the audit log")],
    data: Data = VAR,
) -> None:
    """Say what came of a lost payout: its claim may be paid again, so be sure that the money came back, or is due."""
    from backoffice.shield.free_text import Reason
    from backoffice.shield.transfer.losing import settle_lost as settle

    because = checked(Reason, reason, named="reason")
    in_house(data, lambda house: settle(house, attempt, because=because))
    out.print(f"{attempt} is settled.")
