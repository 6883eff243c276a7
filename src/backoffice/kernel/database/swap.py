"""Another cluster into the place of the one that runs, so that no crash leaves half of each.

    DATA/restoring/postgres    the other one, complete and stopped
    DATA/postgres.swap         decided: from the moment this file is there the other one counts
    DATA/postgres              what the next server starts on
    DATA/postgres.before-...   what was there, kept until somebody deletes it

`decide_swap` writes the file. `finish_swap` renames what is not renamed yet; every start of a server calls it first.
"""

import os
from pathlib import Path

import orjson

DECISION = "postgres.swap"
CLUSTER = "postgres"


def decide_swap(root: Path, *, new: Path, keep_as: str) -> None:
    """The cluster in `new`, below `root`, takes the place of the present one, which is kept under another name.

    FileExistsError where that name is taken, FileNotFoundError where there is no new one: then nothing is decided.
    """
    if not (new / "PG_VERSION").is_file():
        raise FileNotFoundError(f"there is no cluster in {new}")
    if (root / keep_as).exists():
        raise FileExistsError(f"{root / keep_as} is there already")
    draft = root / f"{DECISION}.new"
    with draft.open("wb") as file:
        file.write(orjson.dumps({"new": str(new.relative_to(root)), "keep_as": keep_as}))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(root / DECISION)
    sync_folder(root)


def is_decided(root: Path) -> bool:
    return (root / DECISION).exists()


def finish_swap(root: Path) -> bool:
    """Do what was decided, from wherever an earlier try was cut short. Whether anything was; no server may run."""
    if not is_decided(root):
        return False
    decided = orjson.loads((root / DECISION).read_bytes())
    new, kept, cluster = root / decided["new"], root / decided["keep_as"], root / CLUSTER
    if new.exists():
        if cluster.exists() and not kept.exists():
            cluster.rename(kept)
            sync_folder(root)
        new.rename(cluster)
        sync_folder(new.parent)
        sync_folder(root)
    (root / DECISION).unlink()
    sync_folder(root)
    return True


def sync_folder(folder: Path) -> None:
    """Names that were changed in it survive a loss of power from now on."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
