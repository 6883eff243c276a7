"""Processes of this machine: one that dies with us, several kept alive, one ended when it hangs."""

from backoffice.kernel.process.kin import die_with_parent
from backoffice.kernel.process.supervisor import Child, Interlude, Process, Supervisor, kill_group, spawn
from backoffice.kernel.process.watchdog import Watchdog

__all__ = ["Child", "Interlude", "Process", "Supervisor", "Watchdog", "die_with_parent", "kill_group", "spawn"]
