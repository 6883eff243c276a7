"""check: tries everything outside that the settings name, one line each, before a process depends on it."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer
from pydantic import SecretStr

from backoffice.configuration import settings_for
from backoffice.speaking import VAR, Data, out

if TYPE_CHECKING:
    from backoffice.settings import Settings

app = typer.Typer()
LONGEST_SECONDS = 40.0
SHORTEST_SECRET = 4
HIDDEN = "[hidden]"


@app.command()
def check(data: Data = VAR) -> None:
    """Try the database, files, Redis, mail, WhatsApp, model, payouts and payment gateways. Exit 1 if one is wrong."""
    from backoffice.cli.probes import every_probe
    from backoffice.probing import Wrong

    settings, probes = settings_for(data), every_probe()
    wrong = 0

    async def tried(name: str) -> tuple[str, str]:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return "ok", await probes[name](settings)
        except Wrong as why:
            return "WRONG", str(why)
        except TimeoutError:
            return "WRONG", f"no answer within {LONGEST_SECONDS:g} seconds"
        except Exception as failure:
            return "WRONG", f"it could not be tried: {type(failure).__name__}"

    for name in probes:
        verdict, words = asyncio.run(tried(name))
        wrong += verdict != "ok"
        out.print(f"{verdict:6}{name:13}{_shown(words, settings)}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if wrong else 0)


def _shown(words: str, settings: "Settings") -> str:
    """The words without any secret of the settings, whatever a library quoted."""
    for secret in _secrets_of(settings):
        words = words.replace(secret, HIDDEN)
    return words


def _secrets_of(settings: "Settings") -> Iterator[str]:
    """Each secret, and of an address with a password that password, too."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr) and len(value.get_secret_value()) >= SHORTEST_SECRET:
            plain = value.get_secret_value()
            yield plain
            _, _, password = plain.rpartition("@")[0].partition("://")[2].partition(":")
            if len(password) >= SHORTEST_SECRET:
                yield password
