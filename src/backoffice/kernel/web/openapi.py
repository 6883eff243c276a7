"""What the documentation page says of a door: parameters, bodies, answers, errors, the contract's examples."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import fastapi
from pydantic import BaseModel, create_model
from starlette.responses import Response

from backoffice.kernel.errors import Refusal
from backoffice.kernel.web.inputs import Form, Inputs
from backoffice.kernel.web.product import Product
from backoffice.kernel.web.refusals import ALWAYS, status_of


def documented(function: Callable[..., Any], inputs: Inputs) -> Callable[..., Any]:
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


def responses_of(
    product: Product, errors: Iterable[type[Refusal]], *, example: Any, status: int
) -> dict[int | str, dict[str, Any]]:
    """Every status a door may answer, in the product's shape."""
    sentences: dict[int, list[str]] = defaultdict(list)
    for error in (*errors, *ALWAYS):
        sentences[status_of(error)].append(" ".join((error.__doc__ or "").split()))
    sentences[500] = ["Something went wrong on our side."]
    described: dict[int | str, dict[str, Any]] = {
        code: {"description": " / ".join(dict.fromkeys(said)), "model": product.error_model}
        for code, said in sorted(sentences.items())
    }
    if example is not None:
        described[status] = {"content": {"application/json": {"example": example}}}
    return described


def raw_response(kind: type[Response], status: int) -> dict[int | str, dict[str, Any]]:
    """A success that is no JSON: its media type, where the kind of response has one."""
    if kind.media_type is None:
        return {}
    return {status: {"content": {kind.media_type: {"schema": {"type": "string"}}}}}
