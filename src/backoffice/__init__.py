"""backoffice: one admin backend for several products. Start reading at application.py or at helpdesk/ticket."""

__version__ = "1.0.0"
