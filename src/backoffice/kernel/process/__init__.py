"""Processes of this machine: starting one that dies with us, and keeping several alive under `backoffice run`."""

from backoffice.kernel.process.supervisor import Child, Process, Supervisor, kill_group, spawn

__all__ = ["Child", "Process", "Supervisor", "kill_group", "spawn"]
