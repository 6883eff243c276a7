"""What vendors of the demo offer: category, then name, from and to how many rupees, how many minutes."""

from backoffice.marketplace.catalogue.rules import Pricing

OFFERS = {
    "photography": (
        ("Wedding Photography", 60_000, 350_000, 600),
        ("Pre-wedding Shoot", 15_000, 60_000, 300),
        ("Birthday Photography", 6_000, 20_000, 180),
    ),
    "catering": (("Wedding Catering", 120_000, 480_000, 480), ("House Party Catering", 12_000, 60_000, 240)),
    "decoration": (("Stage Decoration", 30_000, 220_000, 360), ("Balloon Decoration", 2_500, 9_000, 120)),
    "beauty": (
        ("Bridal Makeup", 12_000, 55_000, 240),
        ("Salon at Home", 800, 3_500, 90),
        ("Mehndi", 1_500, 8_000, 180),
    ),
    "home_cleaning": (("Deep Cleaning", 1_800, 7_500, 300), ("Sofa Cleaning", 600, 2_400, 90)),
    "plumbing": (("Leak Repair", 400, 1_800, 60), ("Bathroom Fitting", 2_500, 14_000, 240)),
    "electrical": (("Wiring Check", 500, 2_200, 90), ("Fan Installation", 300, 900, 45)),
    "appliance_repair": (("AC Service", 600, 2_800, 75), ("Washing Machine Repair", 500, 3_200, 60)),
    "pest_control": (("Termite Treatment", 2_200, 9_500, 180), ("Cockroach Control", 900, 2_600, 60)),
    "tutoring": (("Mathematics Tutoring", 500, 1_500, 60), ("Spoken English", 400, 1_200, 60)),
    "fitness": (("Yoga at Home", 500, 1_400, 60), ("Personal Training", 800, 2_500, 60)),
}
OFTEN = {"home_cleaning": 6, "appliance_repair": 5, "beauty": 4, "plumbing": 3, "electrical": 3, "tutoring": 3}
"""How often a category is booked, where that is not once."""
BY_THE_HOUR = frozenset({"tutoring", "fitness"})


def pricing_of(category: str) -> Pricing:
    return Pricing.HOURLY if category in BY_THE_HOUR else Pricing.FIXED
