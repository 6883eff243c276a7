"""Addresses and numbers of people as they are shown to staff without `users:view_pii`. Pure."""

ENDING = 4


def masked_email(address: str | None) -> str | None:
    """`asha@example.com` is `a***@example.com`."""
    if address is None:
        return None
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if at else "***"


def masked_phone(number: str | None) -> str | None:
    """`+919876543210` is `****3210`."""
    return None if number is None else f"****{number[-ENDING:]}"


def masked_line(line: str | None) -> str | None:
    """A line of an address: only that there is one."""
    return None if line is None else "****"


def masked_name(name: str | None) -> str | None:
    """`Asha Rao` is `A*** R***`."""
    return None if name is None else " ".join(f"{word[:1]}***" for word in name.split())
