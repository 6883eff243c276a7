"""What is killed, always with kill -9: API, worker or PostgreSQL; its first process, its whole group, or one below."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from random import Random

import psutil

from benchmarks.kills.desk import Desk


class Role(StrEnum):
    API = "api"
    WORKER = "worker"
    POSTGRESQL = "postgresql"


class Way(StrEnum):
    FIRST = "first process"
    GROUP = "whole group"
    BELOW = "process below"


WAYS = {
    Role.API: (Way.FIRST, Way.GROUP, Way.BELOW),
    Role.WORKER: (Way.FIRST, Way.GROUP),
    Role.POSTGRESQL: (Way.FIRST, Way.BELOW),
}
"""A worker has nothing below it, and each process of PostgreSQL leads a group of its own."""


@dataclass(frozen=True)
class Kill:
    role: Role
    way: Way
    pid: int


def alive(desk: Desk, role: Role) -> list[psutil.Process]:
    """The role's first processes that live now: one of the run, and those beside it."""
    found = []
    for keeper in (desk.process, *desk.beside):
        for child in psutil.Process(keeper.pid).children():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if child.status() != psutil.STATUS_ZOMBIE and _role_of(child.cmdline()) is role:
                    found.append(child)
    return found


def kill_one(desk: Desk, role: Role, *, random: Random) -> Kill | None:
    """Kill something of this role; None when nothing of it lives at the moment."""
    there = alive(desk, role)
    if not there:
        return None
    first = random.choice(there)
    way = random.choice(WAYS[role])
    victim = first.pid
    with suppress(psutil.NoSuchProcess, ProcessLookupError):
        if way is Way.BELOW and (below := first.children(recursive=True)):
            victim = random.choice(below).pid
        if way is Way.GROUP:
            os.killpg(first.pid, signal.SIGKILL)
        else:
            os.kill(victim, signal.SIGKILL)
    return Kill(role, way, first.pid)


def _role_of(argv: list[str]) -> Role | None:
    if argv and argv[0].endswith("/postgres"):
        return Role.POSTGRESQL
    return {"serve": Role.API, "worker": Role.WORKER}.get(argv[-1] if argv else "")
