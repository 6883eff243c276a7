"""The demo's staff and the names, towns and employers of its members. Plain data, seeded by the source it is given."""

from random import Random

from backoffice.kernel.identity.membership import NewPerson
from backoffice.shield.permissions import Role

STAFF = {Role.CLAIMS_HANDLER: 6, Role.FINANCE: 3, Role.SUPPORT: 4, Role.AUDITOR: 1}


# fmt: off
FIRST_NAMES = (
    "Aaron", "Alice", "Amber", "Andre", "Angela", "Anthony", "Beth", "Brian", "Carla", "Carlos", "Cheryl", "Chris",
    "Daniel", "Dana", "Denise", "Derek", "Diana", "Elena", "Eric", "Erin", "Felix", "Fiona", "Frank", "Gloria",
    "Grace", "Hector", "Helen", "Ian", "Isabel", "Jack", "Janet", "Jason", "Joan", "John", "Jorge", "Karen",
    "Keith", "Laura", "Leah", "Leon", "Linda", "Luis", "Maria", "Mark", "Megan", "Miguel", "Nancy", "Nathan",
    "Nora", "Oscar", "Paula", "Peter", "Rachel", "Ramon", "Rosa", "Ruth", "Samuel", "Sarah", "Teresa", "Victor",
)
LAST_NAMES = (
    "Adams", "Allen", "Baker", "Bell", "Brooks", "Campbell", "Carter", "Castillo", "Clark", "Collins", "Cooper", "Cruz",
    "Diaz", "Doe", "Edwards", "Evans", "Flores", "Foster", "Garcia", "Gomez", "Gray", "Green", "Hall", "Harris",
    "Hayes", "Hill", "Howard", "Jackson", "James", "Kelly", "King", "Lee", "Lewis", "Long", "Lopez", "Martin",
    "Miller", "Moore", "Morales", "Murphy", "Nelson", "Ortiz", "Parker", "Perez", "Price", "Reed", "Reyes", "Rivera",
    "Ross", "Russell", "Sanders", "Scott", "Stewart", "Torres", "Turner", "Walker", "Ward", "Watson", "White", "Young",
)
# fmt: on
TOWNS = (
    ("Austin", "TX", "787"),
    ("Columbus", "OH", "432"),
    ("Denver", "CO", "802"),
    ("Fresno", "CA", "937"),
    ("Memphis", "TN", "381"),
    ("Omaha", "NE", "681"),
    ("Portland", "OR", "972"),
    ("Raleigh", "NC", "276"),
    ("Tampa", "FL", "336"),
    ("Tucson", "AZ", "857"),
)
STREETS = ("Main St", "Oak Ave", "Maple Dr", "Cedar Ln", "Park Blvd", "Lake Rd", "Hill St", "Elm St")
EMPLOYERS = ("Tech Corp", "Harbor Logistics", "Blue Mesa Foods", "Northside Clinic", "Summit Retail", "Ironwood Steel")
BANKS = (
    ("Chase Bank", "021000021"),
    ("Bank of America", "026009593"),
    ("Wells Fargo", "121000248"),
    ("Citibank", "021000089"),
)
REASONS = (
    "Layoff due to company downsizing",
    "Plant was closed",
    "Position was eliminated after a merger",
    "Contract was not renewed",
    "Department was outsourced",
)


def staff(random: Random) -> list[NewPerson]:
    return [
        NewPerson(
            username=f"{role}_{number}",
            email=f"{role}_{number}@shield.example",
            full_name=f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}",
            role=role,
        )
        for role, count in STAFF.items()
        for number in range(1, count + 1)
    ]
