"""Sizes: how long a file or a function may be, how many parameters it may take, and how many of them by position.

Two by position, the others by keyword: a call then reads like a sentence. A first `tx` or `db` is where the act takes
place, as `self` is, and not one of the two. That rule is off for private functions, whose calls stand in sight, and
where others decide how a function is called: below a decorator that registers it, in tests, in dunder methods, for
the ASGI signature (scope, receive, send) and for parameters before a `/`.
"""

import ast
from collections.abc import Iterator

from checks.finding import Finding

MOST_FILE_LINES = 300
MOST_FUNCTION_LINES = 40
MOST_PARAMETERS = 5
MOST_POSITIONAL = 2
ASGI = ["scope", "receive", "send"]

# A function below one of these is still called by us; below any other decorator a framework calls it, by name.
TRANSPARENT = {
    "abstractmethod",
    "asynccontextmanager",
    "cache",
    "classmethod",
    "contextmanager",
    "lru_cache",
    "overload",
    "override",
    "staticmethod",
    "wraps",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def find_oversizes(text: str, tree: ast.Module, *, path: str) -> Iterator[Finding]:
    """What is larger than the house allows in one file."""
    lines = len(text.splitlines())
    if lines > MOST_FILE_LINES:
        yield Finding(rule="file lines", line=1, number=lines, says=f"{lines} lines ({MOST_FILE_LINES})")
    for name, function, is_method in _functions(tree):
        yield from _too_long(function, name)
        yield from _too_many_parameters(function, name, is_method=is_method, is_test=path.startswith("tests/"))


def _functions(tree: ast.AST, prefix: str = "", *, in_class: bool = False) -> Iterator[tuple[str, Function, bool]]:
    """Each function below `tree`: its dotted name, itself, and whether its first parameter is `self` or `cls`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.", in_class=True)
        elif isinstance(node, Function):
            yield f"{prefix}{node.name}", node, in_class and "staticmethod" not in _decorators(node)
            yield from _functions(node, f"{prefix}{node.name}.")
        else:
            yield from _functions(node, prefix, in_class=in_class)


def _too_long(function: Function, name: str) -> Iterator[Finding]:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if lines > MOST_FUNCTION_LINES:
        says = f"{lines} lines ({MOST_FUNCTION_LINES})"
        yield Finding(rule="function lines", line=function.lineno, name=name, number=lines, says=says)


def _too_many_parameters(function: Function, name: str, *, is_method: bool, is_test: bool) -> Iterator[Finding]:
    arguments = function.args
    everything = len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs) - is_method
    if everything > MOST_PARAMETERS:
        says = f"{everything} parameters ({MOST_PARAMETERS})"
        yield Finding(rule="parameters", line=function.lineno, name=name, number=everything, says=says)
    names = [argument.arg for argument in arguments.args]
    if is_method and not arguments.posonlyargs:
        del names[:1]
    if names[:1] in (["tx"], ["db"]):
        del names[:1]
    if len(names) > MOST_POSITIONAL and names != ASGI and not is_test and not _is_free(function):
        says = f"{len(names)} parameters by position ({MOST_POSITIONAL}): make the others keyword-only"
        yield Finding(rule="parameters by position", line=function.lineno, name=name, number=len(names), says=says)


def _is_free(function: Function) -> bool:
    """Whether it is private, or called by others in a way it did not choose."""
    is_set_apart = function.name.startswith("_") and function.name != "__init__"
    return is_set_apart or bool(_decorators(function) - TRANSPARENT)


def _decorators(function: Function) -> set[str]:
    """The last names of the decorators: `door.patch("/x")` is `patch`."""
    calls = (decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in function.decorator_list)
    return {ast.unparse(called).rpartition(".")[2] for called in calls}
