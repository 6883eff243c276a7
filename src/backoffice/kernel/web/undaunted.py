"""Doors that tell how things are, and so answer also while the database is away or says nothing.

Who calls is known from a token whose signature holds. Whether the session behind it still lives is asked beside the
door's own work; where nobody can say, the token lets in until it runs out. What the house's roles may do stands in the
code; of a role that staff made nobody knows it then, and whoever has one is told to come back later.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from backoffice.kernel.asking import NoAnswer, begin, waited_for
from backoffice.kernel.errors import Unavailable

T = TypeVar("T")
AWAY = (NoAnswer, psycopg.OperationalError, PoolClosed, PoolTimeout)
ROLE_SECONDS = 0.5
SPARE_SECONDS = 0.1
"""How much longer than the door's own work the question may take. Both begin together."""


async def in_time(question: Coroutine[Any, Any, T]) -> T:
    """What the database says within half a second, else Unavailable."""
    asked = begin(question)
    try:
        return await waited_for(asked, ROLE_SECONDS)
    except AWAY as away:
        raise Unavailable from away
    finally:
        asked.cancel()


async def beside(confirming: Coroutine[Any, Any, None], work: Awaitable[T]) -> T:
    """What the work answers, unless the session is known to have ended: then its refusal, and nothing is shown."""
    asked = begin(confirming)
    try:
        answer = await work
    except Exception:
        await _refuse_if_known(asked)
        raise
    else:
        await _refuse_if_known(asked)
    finally:
        asked.cancel()
    return answer


async def _refuse_if_known(asked: "asyncio.Task[None]") -> None:
    with contextlib.suppress(*AWAY):
        await waited_for(asked, SPARE_SECONDS)
