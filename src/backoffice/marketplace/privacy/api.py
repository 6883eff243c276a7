"""The doors of privacy: a customer's record, and forgetting them."""

from starlette.responses import StreamingResponse

from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer.rules import Status, UserNotFound
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.privacy import actions, listing, rules
from backoffice.marketplace.privacy.record import recorded
from backoffice.marketplace.privacy.rules import PrivacyAct
from backoffice.marketplace.privacy.schemas import AnonymizedOut
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Users", prefix="/api/v1/admin/users")


@door.get(
    "/{user_id}/record", permission=Market.USERS_VIEW_PII, audit=[PrivacyAct.RECORD_EXPORTED], errors=[UserNotFound]
)
async def export_user_record(user_id: Id, tx: Tx, call: Call) -> StreamingResponse:
    """Everything kept of a customer that is theirs to know, as JSON; who took it is recorded."""
    profile = await listing.get_profile(tx, user_id)
    tx.audit(PrivacyAct.RECORD_EXPORTED, user_id, person=customer_rules.person(user_id))
    return recorded(call.house, profile)


@door.post(
    "/{user_id}/anonymize",
    permission=Market.USERS_ANONYMIZE,
    audit=[PrivacyAct.ANONYMIZED],
    errors=[UserNotFound, rules.UserHasOpenMatters],
)
async def anonymize_user(user_id: Id, tx: Tx) -> Success[AnonymizedOut]:
    """Forget a customer for good, once nothing of theirs is under way. It can't be taken back."""
    await actions.anonymize(tx, user_id)
    return success({"user_id": user_id, "status": Status.DELETED})
