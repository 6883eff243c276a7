"""Jobs: a worker knows every job that is declared, every name that is deferred, and all that run by the clock run."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import procrastinate

from backoffice.kernel.house import House
from backoffice.kernel.jobs import queue as declaring
from backoffice.kernel.lanes import Lane, queue
from backoffice.kernel.task import actions as tasks
from backoffice.products import LISTED
from tests.walls.statements import modules

KNOWN_TO_A_WORKER = """
import importlib
from backoffice.application import JOBS
from backoffice.kernel.lanes import queue
for name in JOBS:
    importlib.import_module(name)
print(*queue.tasks, sep="\\n")
"""


def declared() -> set[str]:
    """The names by which jobs are declared, in job(...), periodic(...) and folding(...)."""
    return {
        _value(module, call.args[0])
        for module in modules()
        if module is not declaring
        for call in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("job", "periodic", "folding")
    }


def deferred(module: ModuleType) -> Iterator[str]:
    """The names that a module's writes defer; `rules.SEND` and the like are looked up.

    The task room defers the jobs that others name as the `job` of a task; what is handed on was named elsewhere.
    """
    for call in ast.walk(ast.parse(inspect.getsource(module))):
        match call:
            case ast.Call(func=ast.Attribute(attr="defer"), args=[ast.Attribute(value=ast.Name(id="new"))]):
                assert module is tasks
            case ast.Call(func=ast.Attribute(attr="defer"), args=[name, *_]) if module is not declaring:
                yield _value(module, name)
            case ast.Call(keywords=named):
                yield from (
                    _value(module, one.value) for one in named if one.arg == "job" and _is_said(module, one.value)
                )
            case ast.Call(func=ast.Name(id="defer_missing"), args=[_, name, *_]):
                yield _value(module, name)


def _is_said(module: ModuleType, expression: ast.expr) -> bool:
    """Whether this is a name of the module, as in `job=rules.RUN`."""
    return isinstance(expression, ast.Attribute) and hasattr(module, ast.unparse(expression.value))


def _value(module: Any, expression: ast.expr) -> str:
    match expression:
        case ast.Constant(value=str(name)):
            return name
        case ast.Name(id=name):
            return str(getattr(module, name))
        case ast.Attribute(value=inner, attr=name):
            return str(getattr(getattr(module, ast.unparse(inner)), name))
    raise AssertionError(f"{module.__name__}: {ast.unparse(expression)} hides which job is deferred")


def test_a_worker_knows_every_job_that_is_declared() -> None:
    found = subprocess.run([sys.executable, "-c", KNOWN_TO_A_WORKER], capture_output=True, text=True, check=True)

    assert declared() - set(found.stdout.split()) == set(), "add their modules to JOBS, or to their product's jobs.py"


def test_every_job_runs_in_a_lane_of_the_worker() -> None:
    names = declared()
    lanes = {task.name: task.queue for task in queue.tasks.values() if task.name in names}

    assert set(lanes.values()) <= set(Lane)
    assert lanes["helpdesk.answer_message"] == Lane.MODEL
    assert lanes["helpdesk.send_outbound"] == Lane.SENDING
    assert lanes["kernel.seal_audit"] == Lane.CLOCK


def test_every_name_that_is_deferred_is_declared() -> None:
    names = {name for module in modules() for name in deferred(module)}

    assert names - declared() == set()


async def test_every_job_by_the_clock_runs_on_an_empty_house(house: House) -> None:
    names = declared()
    ticking = {task.task.name: task.task for task in queue.periodic_registry.periodic_tasks.values()}
    ours = {name: task for name, task in ticking.items() if name in names}
    assert len(ours) >= 3

    for name, task in ours.items():
        context = procrastinate.JobContext(
            app=queue,
            job=procrastinate.jobs.Job(
                id=1, queue="default", lock=None, queueing_lock=None, task_name=name, task_kwargs={}
            ),
            start_timestamp=0,
            abort_reason=lambda: None,
            additional_context={"house": house},
        )
        await task.func(context, timestamp=0)


def test_a_job_belongs_to_the_house_or_to_a_product() -> None:
    assert [name for name in declared() if name.split(".")[0] not in ("kernel", *LISTED)] == []
