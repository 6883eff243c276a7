"""A product's doors as a Postman collection (v2.1), made from what they declare and from the examples of the product.

Whoever signs in with it has the token in the variable `token` from then on; `api_key` is the platform's.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from backoffice.kernel.web.door import Door
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.web.product import Product

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
SIGN_IN = "/auth/login"
KEEP_TOKEN = (
    "const told = pm.response.json().data || {};",
    "const token = told.access_token || told.token;",
    'if (token) pm.collectionVariables.set("token", token);',
)
JSON_HEADER = {"key": "Content-Type", "value": "application/json"}


def collection(product: Product, doors: Iterable[Door], *, base_url: str) -> dict[str, Any]:
    """`base_url` is where the product answers, as in http://127.0.0.1:8000/PRODUCT."""
    known = {"base_url": base_url, "token": "", **({"api_key": ""} if product.scopes else {})}
    folders: dict[str, list[dict[str, Any]]] = {}
    for door in doors:
        folders.setdefault(door.operation.tag, []).extend(_items(door, product.examples))
    return {
        "info": {
            "_postman_id": str(uuid5(NAMESPACE_URL, f"backoffice/{product.name}")),
            "name": f"backoffice: {product.title}",
            "description": product.summary,
            "schema": SCHEMA,
        },
        "variable": [{"key": name, "value": value} for name, value in known.items()],
        "item": [{"name": tag, "item": items} for tag, items in folders.items()],
    }


def _items(door: Door, examples: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for method in sorted(door.methods or ()):
        example = examples.get(f"{method} {door.path_format}", {})
        request = {
            "method": method,
            "description": (door.lock.function.__doc__ or "").strip(),
            "auth": _auth(door),
            "header": [*([JSON_HEADER] if door.lock.inputs.body else []), *_key(door)],
            "url": _url(door),
            **_body(door, example),
        }
        item: dict[str, Any] = {"name": door.operation.summary, "request": request, "response": []}
        if "response" in example:
            answered = {"name": "As it answers", "originalRequest": request, "code": door.lock.status}
            item["response"].append({**answered, "header": [JSON_HEADER], "body": _shown(example["response"])})
        if door.path_format.endswith(SIGN_IN):
            script = {"type": "text/javascript", "exec": list(KEEP_TOKEN)}
            item["event"] = [{"listen": "test", "script": script}]
        yield item


def _auth(door: Door) -> dict[str, Any]:
    if door.lock.permission:
        return {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]}
    if door.lock.scope:
        facts = {"key": "X-API-Key", "value": "{{api_key}}", "in": "header"}
        return {"type": "apikey", "apikey": [{"key": key, "value": value} for key, value in facts.items()]}
    return {"type": "noauth"}


def _key(door: Door) -> list[dict[str, str]]:
    return [{"key": "Idempotency-Key", "value": "{{$guid}}"}] if door.lock.key_rule is KeyRule.REQUIRED else []


def _url(door: Door) -> dict[str, Any]:
    names = list(door.lock.inputs.path)
    parts = [f":{part[1:-1]}" if part.startswith("{") else part for part in door.path_format.strip("/").split("/")]
    query = door.lock.inputs.query[1].model_fields if door.lock.inputs.query else {}
    return {
        "raw": "/".join(["{{base_url}}", *parts]),
        "host": ["{{base_url}}"],
        "path": parts,
        "query": [
            {"key": field.alias or name, "value": "", "disabled": not field.is_required()}
            for name, field in query.items()
        ],
        "variable": [{"key": name, "value": ""} for name in names],
    }


def _body(door: Door, example: Mapping[str, Any]) -> dict[str, Any]:
    inputs = door.lock.inputs
    if inputs.upload:
        form = inputs.form[1].model_fields if inputs.form else {}
        texts = [{"key": name, "type": "text", "value": "", "disabled": True} for name in form]
        return {"body": {"mode": "formdata", "formdata": [{"key": "file", "type": "file", "src": []}, *texts]}}
    if not inputs.body:
        return {}
    as_json = {"raw": {"language": "json"}}
    return {"body": {"mode": "raw", "raw": _shown(example.get("request", {})), "options": as_json}}


def _shown(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
