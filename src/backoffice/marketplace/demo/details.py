"""What customers and vendors of the demo write and show of a booking, beside its price and its day."""

from datetime import timedelta
from random import Random
from typing import Any

from psycopg.types.json import Jsonb

from backoffice.marketplace.demo.bookings import Booking, Offer

PICTURES_AT = "https://pictures.example"
NOTES = (
    "Please call before you come.",
    "The lift is out of order, third floor.",
    "There is a dog; it is friendly.",
    "Parking is behind the building.",
)
REQUIREMENTS = (
    "Bring your own tools",
    "Call half an hour before",
    "Speaks Hindi or English",
    "Wear shoe covers inside",
    "Invoice with GST number",
)
DETAILS = "apartment, notes, requirements, images"


def details(one: Booking, random: Random) -> tuple[Any, ...]:
    """Some say much, most say little."""
    apartment = f"Flat {random.randint(1, 20)}{random.choice('ABCD')}" if random.random() < 0.6 else None
    notes = random.choice(NOTES) if random.random() < 0.3 else None
    wishes = random.sample(REQUIREMENTS, random.choice((0, 0, 1, 2)))
    shown = [
        {
            "url": f"{PICTURES_AT}/bookings/{one.id}/{number}.jpg",
            "uploaded_at": (one.created - timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "uploaded_by": "user",
        }
        for number in range(1, random.choice((0, 0, 0, 0, 1, 2)) + 1)
    ]
    return apartment, notes, wishes, Jsonb(shown)


def subcategory(one: Offer) -> str:
    return one.name.lower().replace(" ", "_").replace("-", "_")


def description(one: Offer) -> str:
    hours, minutes = divmod(one.minutes, 60)
    length = " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
    return f"{one.name} at your place, about {length}. Everything that is needed is brought along."
