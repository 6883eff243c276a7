"""What some settings must be beyond their type, looked at before a process does anything with them.

Each function returns what it was given, or says in a ValueError what it must be; what stood there may be secret.
"""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from phonenumbers import SUPPORTED_REGIONS
from psycopg.conninfo import conninfo_to_dict
from pydantic import AnyHttpUrl, SecretStr, TypeAdapter

WEB_ADDRESS = TypeAdapter(AnyHttpUrl)
FILE_STORES = ("file", "s3", "gs", "az")
REDIS_SCHEMES = ("redis", "rediss")


def database_address(address: SecretStr | None) -> SecretStr | None:
    if address is None:
        return None
    try:
        conninfo_to_dict(address.get_secret_value())
    except psycopg.Error:
        raise ValueError("must be an address such as postgresql://user:password@host/database") from None
    return address


def redis_address(address: SecretStr | None) -> SecretStr | None:
    if address is None or not address.get_secret_value():
        return None
    try:
        parts = urlsplit(address.get_secret_value())
        fits = parts.scheme in REDIS_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise ValueError("must be an address such as redis://host:6379/0")
    return address


def files_address(address: str) -> str:
    if not address:
        return address
    parts = urlsplit(address)
    place = parts.path if parts.scheme == "file" else parts.netloc
    if parts.scheme not in FILE_STORES or not place:
        raise ValueError("must be file:///folder, s3://bucket, gs://bucket or az://container")
    return address


def folder(named: str | Path) -> str | Path:
    """An empty name would be the folder one stands in."""
    if not str(named).strip():
        raise ValueError("must not be empty")
    return named


def web_address(address: str) -> str:
    if address:
        WEB_ADDRESS.validate_python(address)
    return address


def addresses(named: list[str]) -> list[str]:
    for one in named:
        try:
            ipaddress.ip_address(one)
        except ValueError:
            raise ValueError(f"{one!r} is no IP address") from None
    return named


def country(code: str) -> str:
    if code not in SUPPORTED_REGIONS:
        raise ValueError("must be a country's two capital letters, such as IN")
    return code
