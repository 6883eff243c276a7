"""The platform's doors of members: it creates them, keeps them up to date and says when it saw them."""

from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.write import Tx
from backoffice.shield.member import actions, rules
from backoffice.shield.member.platform_schemas import CreatedOut, NewMemberIn, PlatformUpdatedOut, PlatformUpdateIn
from backoffice.shield.member.rules import Status, UserAct
from backoffice.shield.permissions import Scope
from backoffice.shield.product import SHIELD, Success, success

door = Doors(SHIELD, tag="Platform: members", prefix="/v1/platform/members")


@door.post(
    "", scope=Scope.MEMBERS_WRITE, status=201, audit=[UserAct.CREATED], errors=[rules.EmailTaken, rules.ExternalIdTaken]
)
async def create_member(body: NewMemberIn, tx: Tx, call: Call) -> Success[CreatedOut]:
    """A new member, pending until enrolled. E-mail address and external_id are nobody else's."""
    member_id = await actions.create_member(tx, actions.columns_of(body, call.house.keys))
    return success({"id": member_id, "external_id": body.external_id, "email": body.email, "status": Status.PENDING})


@door.patch(
    "/{member_id}",
    scope=Scope.MEMBERS_WRITE,
    audit=[UserAct.PROFILE_UPDATE],
    errors=[rules.MemberNotFound, rules.EmailTaken],
)
async def update_member(member_id: ShownId, body: PlatformUpdateIn, tx: Tx, call: Call) -> Success[PlatformUpdatedOut]:
    """What the member changed themself; what is not sent stays."""
    ssn = actions.seal_ssn(call.house.keys, member_id, ssn=body.profile.ssn) if body.profile.ssn else None
    done = await actions.correct_profile(tx, member_id, body.columns(), ssn=ssn)
    if body.last_activity is not None:
        await actions.note_activity(tx, member_id, body.last_activity)
    return success({"id": member_id, "updated_fields": done.fields})
