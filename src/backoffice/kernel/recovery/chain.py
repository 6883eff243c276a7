"""The audit chain across a restore: where the files of seals tell of more than this database, an epoch begins.

It is recorded three times: as a line in this machine's file of seals, as a row, and as an entry of the log itself.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.proof.epochs import Epoch, read_epochs, read_seals, write_epoch
from backoffice.kernel.recovery import store
from backoffice.kernel.recovery.store import EpochRow
from backoffice.kernel.write.transaction import Tx


class ChainAct(Act):
    EPOCH_BEGUN = "audit.epoch_begun"


def given_up(files: Sequence[Path], *, epochs: Sequence[Epoch], hashes: dict[int, bytes]) -> list[int]:
    """Seals that the files tell of and that this database doesn't have, or has otherwise; lowest first."""
    return sorted(
        {
            seal.number
            for seal in read_seals(files)
            if hashes.get(seal.number) != seal.hash
            and not any(one.gives_up(seal.number, sealed_at=seal.sealed_at) for one in epochs)
        }
    )


async def begin_epoch(tx: Tx, files: Sequence[Path], *, moment: datetime) -> tuple[Epoch | None, int]:
    """The epoch that begins with this restore, with how many seals it gives up; None where nothing is missing.

    The first of the files is ours. Epochs that an earlier restore has begun and this one undid are recorded again.
    """
    epochs = await asyncio.to_thread(read_epochs, files)
    rows = await store.list_seal_hashes(tx)
    missing = await asyncio.to_thread(given_up, files, epochs=epochs, hashes={row.number: row.hash for row in rows})
    for one in epochs:
        await store.insert_epoch(tx, EpochRow(one.number, one.begun_at, one.after_seal, one.moment))
    if not missing:
        return None, 0
    number = max([one.number for one in epochs], default=1) + 1
    epoch = Epoch(number, datetime.now(UTC), missing[0] - 1, moment)
    await store.insert_epoch(tx, EpochRow(epoch.number, epoch.begun_at, epoch.after_seal, epoch.moment))
    facts = {"after_seal": epoch.after_seal, "seals_given_up": len(missing), "moment": moment.isoformat()}
    tx.audit(ChainAct.EPOCH_BEGUN, epoch.number, after=facts)
    await asyncio.to_thread(write_epoch, files[0], epoch)
    return epoch, len(missing)
