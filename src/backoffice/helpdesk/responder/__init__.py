"""The assistant: what it answers a customer, or that a person should (a ticket is offered then).

Two ways behind one port: a model, when LLM_BASE_URL is set, or full-text search in the knowledge base.
"""

from backoffice.helpdesk.responder.offline import OfflineResponder
from backoffice.helpdesk.responder.port import Responder
from backoffice.kernel.house import House


def responder_for(house: House) -> Responder:
    """The responder the settings ask for. Cheap: nothing is connected before it is asked."""
    if not house.settings.llm_base_url:
        return OfflineResponder(house)
    from backoffice.helpdesk.responder.model import ModelResponder  # noqa: PLC0415 - its client takes 50 MB

    return ModelResponder(house)
