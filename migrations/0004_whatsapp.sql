-- What comes in from WhatsApp, each message id once, and what goes out to it, with how far it came.

CREATE TABLE helpdesk.inbound (
    wa_message_id      text PRIMARY KEY,
    whatsapp_user_id   bigint NOT NULL REFERENCES helpdesk.whatsapp_user,
    kind               text NOT NULL,
    text               text,
    button_id          text,
    media_id           text,
    media_mime         text,
    sent_at            timestamptz NOT NULL,
    raw                bytea NOT NULL,
    received_at        timestamptz NOT NULL DEFAULT now(),
    handled_at         timestamptz
);
COMMENT ON COLUMN helpdesk.inbound.raw IS 'The message as WhatsApp wrote it, JSON.';
COMMENT ON COLUMN helpdesk.inbound.handled_at IS 'Set in the write that answers it (or decides not to): nothing is handled twice.';
CREATE INDEX inbound_unhandled_idx ON helpdesk.inbound (received_at) WHERE handled_at IS NULL;
SELECT kernel.watch('helpdesk.inbound');

CREATE TABLE helpdesk.outbound (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    whatsapp_user_id   bigint NOT NULL REFERENCES helpdesk.whatsapp_user,
    message_id         bigint REFERENCES helpdesk.message CONSTRAINT outbound_message_id_key UNIQUE,
    purpose            text NOT NULL CHECK (purpose IN ('bot', 'agent', 'notice', 'broadcast', 'opt_out')),
    kind               text NOT NULL CHECK (kind IN ('text', 'buttons', 'template')),
    payload            jsonb NOT NULL,
    status             text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sending', 'sent', 'delivered', 'read',
                                                                        'failed', 'unknown')),
    wa_message_id      text CONSTRAINT outbound_wa_message_id_key UNIQUE,
    attempts           integer NOT NULL DEFAULT 0,
    resent_count       integer NOT NULL DEFAULT 0,
    error              text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    moved_at           timestamptz NOT NULL DEFAULT now(),
    sent_at            timestamptz,
    delivered_at       timestamptz,
    read_at            timestamptz
);
COMMENT ON COLUMN helpdesk.outbound.moved_at IS 'When the status last changed.';
COMMENT ON COLUMN helpdesk.outbound.resent_count IS 'How often it was sent again without knowing whether it had arrived: possible duplicates.';
CREATE INDEX outbound_pending_idx ON helpdesk.outbound (moved_at) WHERE status IN ('queued', 'sending', 'unknown');
CREATE INDEX outbound_user_idx ON helpdesk.outbound (whatsapp_user_id, id DESC);
SELECT kernel.watch('helpdesk.outbound');

CREATE TRIGGER only_moves BEFORE UPDATE OF status ON helpdesk.outbound
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('queued>sending', 'queued>sent', 'queued>delivered', 'queued>read', 'queued>failed',
                                       'sending>sent', 'sending>delivered', 'sending>read', 'sending>failed',
                                       'sending>queued', 'sending>unknown',
                                       'unknown>sent', 'unknown>delivered', 'unknown>read', 'unknown>failed',
                                       'unknown>queued',
                                       'sent>delivered', 'sent>read', 'sent>failed', 'delivered>read');

-- Jobs about one customer run in turn: finding whether one of them is under way must not read the whole queue.
CREATE INDEX procrastinate_jobs_waiting_lock_idx ON procrastinate.procrastinate_jobs (lock)
 WHERE status IN ('todo', 'doing');
