"""What the documentation page says of a door: parameters, bodies, answers, errors, the contract's examples."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import fastapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, create_model
from starlette.responses import JSONResponse, Response

from backoffice.kernel.errors import Refusal
from backoffice.kernel.web.inputs import Form, Inputs
from backoffice.kernel.web.lock import Lock
from backoffice.kernel.web.product import Product
from backoffice.kernel.web.refusals import ALWAYS, status_of


@dataclass(frozen=True, slots=True)
class Operation:
    """What the documents call a door, and what it returns."""

    method: str
    path: str
    tag: str
    summary: str
    operation_id: str
    returns: Any


def documented(one: Operation, lock: Lock, *, errors: Sequence[type[Refusal]]) -> APIRoute:
    """A door as FastAPI describes it."""
    product, example = lock.product, lock.product.examples.get(f"{one.method} {one.path}", {})
    is_raw = isinstance(one.returns, type) and issubclass(one.returns, Response)
    return APIRoute(
        one.path,
        _readable(lock.function, lock.inputs),
        methods=[one.method],
        status_code=lock.status,
        tags=[one.tag],
        summary=one.summary,
        operation_id=one.operation_id,
        response_model=None if is_raw else one.returns,
        response_class=Response if is_raw else JSONResponse,
        responses={
            **_responses_of(product, errors, example=example.get("response"), status=lock.status),
            **(_raw_response(one.returns, lock.status) if is_raw else {}),
        },
        openapi_extra=_who_may(lock)
        | ({"requestBody": _body_like(example["request"])} if "request" in example else {}),
    )


def _body_like(example: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"example": example}}}


def _who_may(lock: Lock) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if lock.permission is not None:
        said = {"security": [{"bearer": []}], "x-permission": lock.permission}
        said |= {"x-step-up": True} if lock.step_up else {}
        said |= {"x-per-minute": lock.per_minute} if lock.per_minute else {}
    if lock.scope is not None:
        said = {"security": [{"apiKey": []}], "x-scope": lock.scope}
    return said


def _readable(function: Callable[..., Any], inputs: Inputs) -> Callable[..., Any]:
    """A function that FastAPI can read: the same inputs, none of ours."""
    parameters = []
    for name, parameter in inspect.signature(function, eval_str=True).parameters.items():
        hint = parameter.annotation
        if name in inputs.path:
            pass
        elif inputs.query and name == inputs.query[0]:
            hint = Annotated[hint, fastapi.Query()]
        elif inputs.upload and inputs.upload[0] == name:
            hint = Annotated[_form_of(function, inputs), fastapi.Form(media_type="multipart/form-data")]
        elif not (inputs.body and name == inputs.body[0]):
            continue
        parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=hint))

    def described() -> None:
        raise AssertionError("documentation only")

    described.__name__ = function.__name__
    described.__doc__ = function.__doc__
    described.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return described


def _form_of(function: Callable[..., Any], inputs: Inputs) -> type[BaseModel]:
    """The upload's file, and what else its form carries."""
    name = "".join(word.capitalize() for word in function.__name__.split("_"))
    form = inputs.form[1] if inputs.form else Form
    return create_model(f"{name}Form", __base__=form, file=(Annotated[bytes, fastapi.File()], ...))


def _responses_of(
    product: Product, errors: Iterable[type[Refusal]], *, example: Any, status: int
) -> dict[int | str, dict[str, Any]]:
    """Every status a door may answer, in the product's shape, or in that of its own which a refusal has there."""
    sentences: dict[int, list[str]] = defaultdict(list)
    shapes: dict[int, Any] = defaultdict(lambda: product.error_model)
    for error in (*errors, *ALWAYS):
        code = status_of(error)
        sentences[code].append(" ".join((error.__doc__ or "").split()))
        if error in product.own_shapes:
            shapes[code] = shapes[code] | product.own_shapes[error]
    sentences[500] = ["Something went wrong on our side."]
    described: dict[int | str, dict[str, Any]] = {
        code: {"description": " / ".join(dict.fromkeys(said)), "model": shapes[code]}
        for code, said in sorted(sentences.items())
    }
    if example is not None:
        described[status] = {"content": {"application/json": {"example": example}}}
    return described


def _raw_response(kind: type[Response], status: int) -> dict[int | str, dict[str, Any]]:
    """A success that is no JSON: its media type, where the kind of response has one."""
    if kind.media_type is None:
        return {}
    return {status: {"content": {kind.media_type: {"schema": {"type": "string"}}}}}
