"""Bodies of JSON: each name once, numbers as they were written, and nothing that costs more than it is long."""

from decimal import Decimal

import pytest

from backoffice.kernel.errors import BadInput
from backoffice.kernel.web.json_body import read_json
from tests.kernel.web.conftest import SignIn

REFUSED = {
    '{"phone": "+1", "phone": "+2"}': "phone: is given twice",
    '{"phone": "+1", "\\u0070hone": "+2"}': "phone: is given twice",
    '{"a": {"b": [{"c": 1, "c": 1}]}}': "c: is given twice",
    '{"a": 1e400}': "a: must be a number that can be kept",
    '{"a": -1e400}': "a: must be a number that can be kept",
    '{"a": [1, {"b": 1e999999999}]}': "a.1.b: must be a number that can be kept",
    '{"a": 1e-999999999}': "a: must be a number that can be kept",
    '{"a": 1e99999999999999999999}': "The body holds a number that is too large",
    '{"a": 92233720368547758080}': "a: must be a number that can be kept",
    f'{{"a": {"1" * 5000}}}': "The body holds a number that is too large",
    f'{{"a": 0.{"1" * 50}}}': "a: must be a number that can be kept",
    f'{{"a": {"[" * 500}1{"]" * 500}}}': "The body is nested too deeply",
    '{"a": NaN}': "The body is not valid JSON",
    '{"a": Infinity}': "The body is not valid JSON",
    '{"a": "\\ud800"}': "The body is not valid JSON",
    '{"a": 1} x': "The body is not valid JSON",
    '{"a": 01}': "The body is not valid JSON",
    "[1]": "The body must be a JSON object",
    "null": "The body must be a JSON object",
}


@pytest.mark.parametrize("body", REFUSED)
def test_what_nobody_can_mean_is_refused_in_a_sentence(body: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_json(body.encode())

    assert refused.value.sentence == REFUSED[body]


def test_a_number_is_what_was_written() -> None:
    body = b'{"a": 2500.0000000000000001, "b": 1e3, "c": 0.1, "d": 12, "e": -0, "f": "9e99 and 12345678901234567890"}'

    read = read_json(body)

    assert read["a"] == Decimal("2500.0000000000000001")
    assert (read["b"], read["c"], read["d"], read["e"]) == (1000, Decimal("0.1"), 12, 0)


async def test_a_name_given_twice_is_refused_at_a_door(sign_in: SignIn) -> None:
    client = await sign_in()
    headers = {"Content-Type": "application/json"}

    answer = await client.post("/customers", content='{"phone": "+1", "phone": "+2"}', headers=headers)

    assert (answer.status_code, answer.json()["says"]) == (400, "phone: is given twice")
