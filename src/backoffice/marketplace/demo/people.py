"""The demo's staff, and the names, towns and words of its customers and vendors. Plain data, seeded by the source."""

from random import Random

from backoffice.kernel.identity.membership import NewPerson
from backoffice.kernel.identity.roles import RoleWish
from backoffice.marketplace.permissions import EVERYBODY, ROLES, Market, Role

STAFF = {Role.SUPPORT_AGENT: 8, Role.FINANCE_ADMIN: 3, Role.VENDOR_ADMIN: 2, Role.CONTENT_MODERATOR: 2}
LEAD = "support_lead"
LEADS = ("Leela Menon", "Arvind Rao")
LEADING = RoleWish(
    title="Support lead",
    description="Support, gives money back for disputes, and looks at referrals that are held",
    permissions=sorted(
        ROLES[Role.SUPPORT_AGENT] - EVERYBODY | {Market.DISPUTES_REFUND, Market.REFERRALS_LIST, Market.REFERRALS_DECIDE}
    ),
)
"""A role that staff made: of the house's own roles only super admins may do that."""


# fmt: off
FIRST_NAMES = (
    "Aarav", "Aditi", "Aditya", "Akash", "Amit", "Ananya", "Anil", "Anjali", "Ankit", "Arjun", "Asha", "Ayesha",
    "Bhavna", "Chetan", "Deepa", "Deepak", "Devika", "Divya", "Farhan", "Gaurav", "Gayatri", "Harish", "Imran", "Isha",
    "Jyoti", "Kabir", "Karan", "Kavita", "Kiran", "Lakshmi", "Lalit", "Manish", "Meera", "Mohan", "Nandini", "Neha",
    "Nikhil", "Nisha", "Pooja", "Pranav", "Priya", "Rahul", "Rajesh", "Ravi", "Rekha", "Ritu", "Rohan", "Sana",
    "Sandeep", "Sanjay", "Shreya", "Simran", "Sneha", "Sunil", "Suresh", "Tanvi", "Varun", "Vidya", "Vikram", "Zara",
)
LAST_NAMES = (
    "Agarwal", "Ahmed", "Banerjee", "Bhat", "Bose", "Chatterjee", "Chauhan", "Das", "Desai", "Deshmukh", "Fernandes",
    "Ghosh", "Gill", "Gupta", "Iyer", "Jain", "Joshi", "Kapoor", "Kaur", "Khan", "Kulkarni", "Kumar", "Malhotra",
    "Mehta", "Menon", "Mishra", "Nair", "Naidu", "Pandey", "Patel", "Patil", "Pillai", "Rao", "Reddy", "Saxena", "Sen",
    "Shah", "Sharma", "Shetty", "Singh", "Sinha", "Thomas", "Tiwari", "Varma", "Verma", "Yadav",
)
# fmt: on
TOWNS = (
    ("Mumbai", "Maharashtra", "400", 19.07, 72.87),
    ("Pune", "Maharashtra", "411", 18.52, 73.85),
    ("Delhi", "Delhi", "110", 28.61, 77.20),
    ("Bengaluru", "Karnataka", "560", 12.97, 77.59),
    ("Hyderabad", "Telangana", "500", 17.38, 78.48),
    ("Chennai", "Tamil Nadu", "600", 13.08, 80.27),
    ("Kolkata", "West Bengal", "700", 22.57, 88.36),
    ("Ahmedabad", "Gujarat", "380", 23.02, 72.57),
    ("Jaipur", "Rajasthan", "302", 26.91, 75.78),
    ("Kochi", "Kerala", "682", 9.93, 76.26),
)
"""City, state, how its postcodes begin, latitude, longitude."""
STREETS = ("MG Road", "Station Road", "Gandhi Nagar", "Lake View Road", "Temple Street", "Park Street", "Nehru Marg")
LANDMARKS = ("Near the metro station", "Opposite the post office", "Behind the city mall", None, None, None)
FIRMS = ("Studios", "Services", "Works", "& Sons", "Care", "Solutions", "Experts", "Collective")

PRAISE = (
    ("Excellent", "On time, friendly, and exactly what was agreed."),
    ("Very happy", "Would book again without thinking twice."),
    ("Great work", "They took care of every detail and explained what they did."),
)
FAIR = (
    ("Good", "Good work, came a little late."),
    ("All right", "Did what was agreed, no more."),
)
BLAME = (
    ("Disappointed", "Came two hours late and left half of it undone."),
    ("Not again", "Asked for more money at the door than the booking said."),
)
COMPLAINTS = (
    (
        "vendor_behavior",
        "vendor_no_show",
        "Vendor did not show up",
        "Nobody came at the agreed time and nobody answered.",
    ),
    ("service_quality", "incomplete_work", "Work was left half done", "They left after an hour and never came back."),
    ("service_quality", "poor_quality", "Not what was promised", "What was delivered is far from the pictures shown."),
    ("booking_issue", "wrong_time", "Came on the wrong day", "The booking says Saturday, they came on Friday evening."),
    ("payment_issue", "charged_more", "Charged more than agreed", "They wanted cash on top of what was paid already."),
    ("refund_request", "change_of_plan", "Please give my money back", "The event was called off, the vendor knows."),
    ("vendor_behavior", "rude", "Rude to my family", "They shouted at my mother when she asked for the bill."),
    ("other", None, "Need help with my booking", "The invoice has the wrong name and nobody corrects it."),
)
ANSWERS = (
    "Our team was stuck in traffic and called twice; nobody answered. We offered another day.",
    "The work was done as booked. We have pictures of it and are ready to show them.",
    "We are sorry about this. We had an emergency in the family and will make it good.",
)
THANKS = (
    "Thank you for your kind words. We have passed them on to the team.",
    "It was a pleasure to work for you. See you again!",
    "Thank you for choosing us.",
)
REGRETS = (
    "We are sorry that it was not what you expected. Please call us, we will make it right.",
    "Thank you for telling us. We have spoken with the team; this will not happen again.",
    "We are sorry for the delay: the traffic was worse than ever that day.",
)
REPLIES = (
    "We are sorry to hear this. We have asked the vendor and write to you again within a day.",
    "Thank you for telling us. Could you send us pictures of what was done?",
    "We have read your complaint and are looking into it.",
)
CHASERS = (
    "Thank you. Please hurry, the whole family is waiting.",
    "I have sent everything I have. What happens next?",
    "The vendor still does not answer my calls.",
)
PICTURES = ("Screenshot of messages", "How they left it", "The bill they handed me", None)
SUSPENDED_FOR = ("Payments charged back twice", "Abusive messages to vendors", "Account under review")


def name(random: Random) -> str:
    return f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"


def staff(random: Random) -> list[NewPerson]:
    known = [(role, number, name(random)) for role, count in STAFF.items() for number in range(1, count + 1)]
    leads = [(LEAD, number, known_as) for number, known_as in enumerate(LEADS, 1)]
    return [
        NewPerson(f"{role}_{number}", f"{role}_{number}@appydex.example", full_name=known_as, role=role)
        for role, number, known_as in [*known, *leads]
    ]
