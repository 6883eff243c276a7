"""Texts with places for facts. A product keeps its own; a place nobody fills is found when the module is imported."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field

from backoffice.kernel.notify.rules import one_line


class WrongTemplate(Exception):
    """A text and its facts don't fit."""


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Template:
    """`name` is `product.what_it_says`; `$fact` in subject and text stand for exactly these facts."""

    name: str
    subject: str
    text: str
    facts: frozenset[str]

    def __post_init__(self) -> None:
        parts = (string.Template(self.subject), string.Template(self.text))
        if not all(part.is_valid() for part in parts):
            raise WrongTemplate(f"{self.name}: a $ that names no fact")
        named = {fact for part in parts for fact in part.get_identifiers()}
        if named != self.facts:
            raise WrongTemplate(f"{self.name}: {', '.join(sorted(named ^ self.facts))} is named or declared, not both")

    @property
    def product(self) -> str:
        return self.name.split(".", 1)[0]

    def render(self, facts: Mapping[str, str]) -> Rendered:
        """The text with its facts, none missing and none left over."""
        if facts.keys() != self.facts:
            raise WrongTemplate(f"{self.name}: takes {sorted(self.facts)}, was given {sorted(facts)}")
        subject = string.Template(self.subject).substitute(facts)
        return Rendered(one_line(subject), string.Template(self.text).substitute(facts))
