"""The operations page tells every setting there is, with the default it has, and none that there is not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from backoffice.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
ROW = re.compile(r"^\| ((?:`[A-Z][A-Z0-9_]+`(?:, )?)+) \|([^|]*)\|", re.MULTILINE)
IN_WORDS = {
    "database_direct_url": "`DATABASE_URL`",
    "database_owner_url": "the direct one",
    "database_backup_url": "`DATABASE_OWNER_URL`",
    "files_url": "`DATA_FOLDER/files`",
    "backups_url": "`DATA_FOLDER/backups`",
    "whatsapp_graph_url": "Meta's",
}
"""Defaults that are other settings, or an address that is better named."""


def told() -> dict[str, str]:
    """Each setting of the table with what stands as its default."""
    rows: dict[str, str] = {}
    for names, said in ROW.findall(PAGE):
        settings = re.findall(r"`([A-Z0-9_]+)`", names)
        plain = said.replace(", *secret*", "").strip()
        defaults = [plain] if len(settings) == 1 else plain.split(", ") if plain else [""] * len(settings)
        rows |= {name.lower(): default for name, default in zip(settings, defaults, strict=True)}
    return rows


def test_every_setting_is_told_and_no_other() -> None:
    assert told().keys() == Settings.model_fields.keys()


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - set(IN_WORDS)))
def test_the_default_that_is_told_is_the_default(name: str) -> None:
    assert told()[name].strip("`") in written(Settings.model_fields[name].default)


@pytest.mark.parametrize("name", IN_WORDS)
def test_a_default_told_in_words_stays_told(name: str) -> None:
    assert told()[name] == IN_WORDS[name]


def written(default: Any) -> set[str]:
    """How a default may be written."""
    if default is PydanticUndefined:
        return {"**required**"}
    if default is None or default in ("", SecretStr("")):
        return {"", "none"}
    if isinstance(default, bool | dict | list):
        return {json.dumps(default)}
    return {f"{default:g}" if isinstance(default, float) else str(default)}
