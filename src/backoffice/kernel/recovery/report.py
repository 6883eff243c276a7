"""What a restore has undone, as a file for the incident: ids and counts, nothing personal."""

import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter


@dataclass(slots=True)
class Report:
    """The window is from `moment` to `restored_at`: what happened in it is gone from the database.

    `access` are keys, roles and people shut out that have to be looked at again; `received` messages and webhooks that
    we acknowledged and whose sender won't repeat them; `money` what left; `files` those that are newer than the moment.
    """

    moment: datetime
    restored_at: datetime
    because: str = ""
    has_journal: bool = True
    sessions_ended: int = 0
    sequences_advanced: int = 0
    turns_forgotten: int = 0
    keys_lost: int = 0
    seals_given_up: int = 0
    epoch: int | None = None
    forgotten_again: list[dict[str, Any]] = field(default_factory=list)
    to_look_at: list[str] = field(default_factory=list)
    access: list[dict[str, Any]] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    money: list[dict[str, Any]] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """The same in sentences, for whoever restores."""
        told = [
            f"The database is of {_said(self.moment)}; what happened until {_said(self.restored_at)} is gone.",
            "The house is held: no payout, refund, message, webhook or file for the bank leaves it.",
            f"{self.sessions_ended} sessions ended, {self.sequences_advanced} sequences advanced, "
            f"{self.keys_lost} idempotency keys answer 409.",
        ]
        if not self.has_journal:
            told.append("There is no journal of that time here: nobody can say what was sent after the moment.")
        if self.epoch is not None:
            told.append(f"Audit epoch {self.epoch} begins; {self.seals_given_up} seals of the past were given up.")
        for what, found in (
            ("payouts, refunds or files for the bank left in the window", self.money),
            ("API keys, roles or people shut out were changed in the window", self.access),
            ("messages were acknowledged in the window and are gone", self.received),
            ("people were forgotten again", self.forgotten_again),
            ("files are newer than the database", self.files),
            ("things are to be looked at", self.to_look_at),
        ):
            if found:
                told.append(f"{len(found)} {what}.")
        told.append("Next: backoffice money compare, then two people: backoffice money release.")
        return told

    def path_in(self, data_folder: Path) -> Path:
        return data_folder / f"restore-report-{self.restored_at.astimezone(UTC):%Y%m%dT%H%M%SZ}.json"

    def save(self, data_folder: Path) -> Path:
        """Its file in the data folder, for its owner alone."""
        data_folder.mkdir(parents=True, exist_ok=True)
        path = self.path_in(data_folder)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))
        return path


def read_report(path: Path) -> Report:
    """What `save` wrote. FileNotFoundError."""
    return TypeAdapter(Report).validate_json(path.read_bytes())


def _said(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
