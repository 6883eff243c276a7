"""What tries of things outside have in common: `backoffice check` runs those of the house and of every product."""

import httpx

HTTP_SECONDS = 5.0
NOT_SET = "not set"


class Wrong(Exception):
    """It does not work; the message says what to do, and shows no secret."""


async def answers(url: str, *, token: str) -> str:
    """Whether somebody answers there and takes the token. Any answer but a refusal or a failure of theirs will do."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        async with httpx.AsyncClient(timeout=HTTP_SECONDS) as client:
            answer = await client.get(url, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as exc:
        raise Wrong(f"{url} does not answer: {type(exc).__name__}") from None
    if answer.status_code in (400, 401, 403):
        raise Wrong(f"{url} refuses the token ({answer.status_code})")
    if answer.status_code >= 500:
        raise Wrong(f"{url} is broken ({answer.status_code})")
    return f"{url} answers ({answer.status_code})"
