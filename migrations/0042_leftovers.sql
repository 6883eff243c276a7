-- What WhatsApp's webhooks told that nobody here knows: kept for staff to read, acted on by nothing.

CREATE TABLE helpdesk.webhook_leftover (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          text NOT NULL,
    told          text NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN helpdesk.webhook_leftover.told IS 'The part as WhatsApp wrote it, JSON, its first 20,000 characters.';
CREATE INDEX webhook_leftover_age_idx ON helpdesk.webhook_leftover (received_at);
SELECT kernel.watch('helpdesk.webhook_leftover');
