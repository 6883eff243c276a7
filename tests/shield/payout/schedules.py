"""What the walk of the payouts does, and when: plots of one person, at once with what others happen to do."""

from dataclasses import dataclass

from hypothesis import strategies as st

CODES = ["R01", "R02", "R03", "R06", "R10", "C01", "C02"]
STAFF = ["claims_handler", "finance", "finance", "super_admin", "super_admin", "support"]


@dataclass(frozen=True)
class Step:
    """What one person, the platform, a job, the bank or time does. `nth` chooses among what there is."""

    what: str
    who: int
    nth: int
    cents: int
    code: str

    def __str__(self) -> str:
        return f"{self.what}({self.who} {self.nth} {self.cents} {self.code})"


WHO = st.sampled_from([*range(len(STAFF)), *(who for who, role in enumerate(STAFF) if role == "super_admin")])
NTH, CODE = st.integers(0, 7), st.sampled_from(CODES)
CENTS = st.sampled_from([1, 10_000, 40_000, 60_000, 110_000])
STEPS = st.builds(
    Step,
    what=st.sampled_from(
        ["create", "retry", "send_back", "send", "settle"] * 3
        + ["write_file", "mark_completed", "a_day_passes", "approve", "verify"] * 2
        + ["cancel", "begin", "reject_file", "come_back", "withdraw", "change_bank", "replace_bank", "leave", "confirm"]
    ),
    who=WHO,
    nth=NTH,
    cents=CENTS,
    code=CODE,
)
PLOTS = [
    "approve create create send_back retry",
    "create change_bank a_day_passes send confirm send settle",
    "create send settle retry change_bank a_day_passes send",
    "create write_file send_back retry mark_completed send",
    "create write_file settle send_back retry write_file settle",
    "withdraw approve create create mark_completed send",
    "create replace_bank send a_day_passes send verify send confirm send",
    "create create write_file reject_file send_back retry cancel",
    "create leave send come_back",
    "leave create retry come_back create begin",
]
"""What somebody could try who wants more than is due."""


@st.composite
def plots(draw: st.DrawFn) -> list[list[Step]]:
    """One person's plot, each step at once with what others do."""
    who, nth, cents, code = draw(WHO), draw(st.integers(0, 1)), draw(CENTS), draw(CODE)
    mine = [Step(what, who, nth, cents, code) for what in draw(st.sampled_from(PLOTS)).split()]
    return [[step, *draw(st.lists(STEPS, max_size=2))] for step in mine]


SCHEDULES = st.lists(plots(), min_size=4, max_size=8)
