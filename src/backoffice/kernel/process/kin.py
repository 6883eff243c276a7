"""A process that ends when the one that started it does, however that one ended."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait

from backoffice.kernel.process.supervisor import PR_SET_PDEATHSIG, libc


def die_with_parent() -> None:
    """Called by a process of multiprocessing at its start. On Linux the kernel sees to it, elsewhere a thread.

    A server's process that outlives its parent keeps the port, and answers with old code beside the new.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent.pid:  # it died before the line above
            os._exit(1)
    threading.Thread(target=_wait_for_end_of, args=(parent.sentinel,), name="parent watch", daemon=True).start()


def _wait_for_end_of(parent: int) -> None:
    wait([parent])
    os._exit(1)
