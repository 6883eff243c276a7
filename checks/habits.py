"""Habits: names that say nothing, files that do not introduce themselves, work left for later, what belongs to one
room only, and what a test must not do.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import PurePosixPath

from checks.finding import Finding

WEB = PurePosixPath("src/backoffice/kernel/web")
EMPTY_NAMES = {"common", "helper", "helpers", "manager", "managers", "misc", "service", "services", "util", "utils"}
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
LATER = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
NOT_IN_A_TEST = {
    "time.sleep": "waits for a time instead of a fact",
    "mock": "stands in for our own code",
    "unittest.mock": "stands in for our own code",
    "pytest_mock": "stands in for our own code",
    "mocker": "stands in for our own code",
    "pytest.skip": "skips",
    "pytest.importorskip": "skips",
    "pytest.xfail": "expects to fail",
    "pytest.mark.skip": "skips",
    "pytest.mark.skipif": "skips",
    "pytest.mark.xfail": "expects to fail",
}
MAY_SKIP = PurePosixPath("tests/browser")
"""A laptop may lack a browser, and says so. CI has one, or fails."""


def find_bad_habits(text: str, tree: ast.Module, *, path: str) -> Iterator[Finding]:
    """What one file does against the habits of the house."""
    where = PurePosixPath(path).with_suffix("")
    for part in where.parts:
        if part in EMPTY_NAMES:
            yield Finding(rule="name", line=1, says=f"the name {part!r} says nothing")
    if not ast.get_docstring(tree):
        yield Finding(rule="docstring", line=1, says="does not say what it holds: no docstring")
    if LATER.search(text):
        yield from _promises(text, tree)
    for node in ast.walk(tree):
        if where.parts[0] == "src":
            yield from _out_of_place(node, where)
        if where.parts[0] == "tests":
            yield from _shortcuts(node, may_skip=where == MAY_SKIP)


def _promises(text: str, tree: ast.Module) -> Iterator[Finding]:
    """Work promised in comments and docstrings. Other strings may hold these words: they can be data."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and LATER.search(token.string):
            yield Finding(rule="unfinished", line=token.start[0], says=token.string)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and LATER.search(ast.get_docstring(node, clean=False) or ""):
            yield Finding(rule="unfinished", line=node.body[0].lineno, says="the docstring leaves work for later")


def _out_of_place(node: ast.AST, where: PurePosixPath) -> Iterator[Finding]:
    for name, line in _mentions(node):
        last = name.rpartition(".")[2]
        if last == "HTTPException" and not where.is_relative_to(WEB):
            says = "HTTPException outside kernel/web: raise a fact of rules.py"
            yield Finding(rule="HTTPException", line=line, says=says)
        if last == "NotImplementedError":
            yield Finding(rule="unfinished", line=line, says="is not implemented")
        if name == "print" and "cli" not in where.parts:
            yield Finding(rule="print", line=line, says="print outside the command line")


def _shortcuts(node: ast.AST, *, may_skip: bool) -> Iterator[Finding]:
    for name, line in _mentions(node):
        if (says := NOT_IN_A_TEST.get(name)) and not (may_skip and name == "pytest.skip"):
            yield Finding(rule="test", line=line, says=f"{name} {says}")


def _mentions(node: ast.AST) -> Iterator[tuple[str, int]]:
    """The dotted names that this node alone uses, imports or takes as a parameter, with their line."""
    match node:
        case ast.Name():
            yield node.id, node.lineno
        case ast.Attribute():
            yield ast.unparse(node), node.lineno
        case ast.arg():
            yield node.arg, node.lineno
        case ast.Import():
            yield from ((alias.name, node.lineno) for alias in node.names)
        case ast.ImportFrom():
            yield node.module or "", node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
