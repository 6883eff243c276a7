"""Why an ACH entry comes back, or what its bank wants corrected (Nacha Operating Rules, appendix four and five)."""

RETURNS = {
    "R01": "Insufficient funds",
    "R02": "Account closed",
    "R03": "No account, or unable to locate it",
    "R04": "Invalid account number",
    "R05": "Unauthorized debit to a consumer account",
    "R06": "Returned at the request of the originating bank",
    "R07": "Authorization revoked by the customer",
    "R08": "Payment stopped",
    "R09": "Uncollected funds",
    "R10": "Customer advises the originator is not known or not authorized",
    "R11": "Entry not in accordance with the authorization",
    "R12": "Account sold to another bank",
    "R13": "Invalid routing number",
    "R14": "Representative payee deceased or unable to continue",
    "R15": "Beneficiary or account holder deceased",
    "R16": "Account frozen",
    "R17": "File record edit criteria",
    "R20": "Not a transaction account",
    "R21": "Invalid company identification",
    "R22": "Invalid individual identification",
    "R23": "Credit refused by the receiver",
    "R24": "Duplicate entry",
    "R29": "Corporate customer advises not authorized",
    "R31": "Permissible return entry",
    "R33": "Return of an XCK entry",
}
CORRECTIONS = {
    "C01": "Incorrect account number",
    "C02": "Incorrect routing number",
    "C03": "Incorrect routing number and account number",
    "C04": "Incorrect name",
    "C05": "Incorrect transaction code",
    "C06": "Incorrect account number and transaction code",
    "C07": "Incorrect routing number, account number and transaction code",
    "C08": "Incorrect receiving bank identification",
    "C09": "Incorrect individual identification",
    "C13": "Addenda format error",
}
UNVERIFYING = frozenset(
    {"R02", "R03", "R04", "R05", "R07", "R10", "R12", "R13", "R14", "R15", "R16", "R17", "R20", "R23", "R29"}
)
"""Returns that say the account can't be paid as it stands: whoever pays it next must have it verified anew."""


def meaning(code: str) -> str:
    return RETURNS.get(code) or CORRECTIONS.get(code) or "Reason not in our list"
