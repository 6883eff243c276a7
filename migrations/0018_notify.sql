-- Messages by e-mail: queued with the write they tell of, sent after it, their texts sealed and emptied in time.

CREATE TABLE kernel.notification (
    id             text PRIMARY KEY CHECK (id ~ '^notice_[0-9a-f]{32}$'),
    product        text NOT NULL,
    template       text NOT NULL,
    key            text NOT NULL,
    data_subject   text,
    key_id         text,
    sealed         bytea,
    status         text NOT NULL DEFAULT 'queued'
                   CHECK (status IN ('queued', 'sending', 'sent', 'failed', 'unknown')),
    attempts       bigint NOT NULL DEFAULT 0,
    error          text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    queued_at      timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz,
    CONSTRAINT notification_key UNIQUE (product, key),
    CONSTRAINT notification_on_its_way_has_text CHECK (sealed IS NOT NULL OR status NOT IN ('queued', 'sending'))
);
COMMENT ON TABLE kernel.notification IS 'One row per message and recipient. Recipient and text are sealed; a row outlives its text, so that no key sends twice.';
COMMENT ON COLUMN kernel.notification.key IS 'What is told to whom, without naming them: said again, nothing is sent.';
COMMENT ON COLUMN kernel.notification.key_id IS 'The key of the ring that sealed it; NULL where it is sealed under its data subject''s own key.';
COMMENT ON COLUMN kernel.notification.queued_at IS 'When it was last queued by somebody: trying ends a day later.';
CREATE INDEX notification_unsent_idx ON kernel.notification (id DESC) WHERE status IN ('failed', 'unknown');
CREATE INDEX notification_text_idx ON kernel.notification (ended_at) WHERE sealed IS NOT NULL;
SELECT kernel.watch('kernel.notification');
CREATE TRIGGER only_moves BEFORE UPDATE OF status ON kernel.notification
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('queued>sending', 'sending>sent', 'sending>failed', 'sending>queued',
                                       'sending>unknown', 'unknown>sent', 'unknown>failed', 'unknown>queued',
                                       'failed>queued');
