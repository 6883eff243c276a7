"""backoffice: one admin backend for three products. Start reading at application.py or at helpdesk/ticket."""

__version__ = "0.1.0"
