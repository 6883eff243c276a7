"""The customer, WhatsApp's server and the model these tests talk with."""

from tests.talking import model, settings, stand_in, talk

__all__ = ["model", "settings", "stand_in", "talk"]
