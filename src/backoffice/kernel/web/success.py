"""The answer of nearly every door, in every product: `{"success": true, "data": ...}`."""

from typing import Generic, TypeVar

from typing_extensions import TypedDict

T = TypeVar("T")


class Success(TypedDict, Generic[T]):
    """What was asked for."""

    success: bool
    data: T


def success(data: T) -> Success[T]:
    return {"success": True, "data": data}
