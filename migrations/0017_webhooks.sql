-- Webhooks to others: who wants which events, each event once, its way to each endpoint, every attempt.

CREATE TABLE kernel.webhook_endpoint (
    id                 text PRIMARY KEY CHECK (id ~ '^endpoint_[0-9a-f]{32}$'),
    product            text NOT NULL,
    url                text NOT NULL,
    events             text[] NOT NULL CHECK (cardinality(events) > 0),
    key_id             text NOT NULL,
    sealed             bytea NOT NULL,
    old_key_id         text,
    old_sealed         bytea,
    old_until          timestamptz,
    created_at         timestamptz NOT NULL DEFAULT now(),
    disabled_at        timestamptz,
    failing_since      timestamptz,
    left_alone_until   timestamptz,
    CONSTRAINT webhook_endpoint_url_key UNIQUE (product, url),
    CONSTRAINT webhook_endpoint_old_secret_whole CHECK (num_nulls(old_key_id, old_sealed, old_until) IN (0, 3))
);
COMMENT ON COLUMN kernel.webhook_endpoint.old_sealed IS 'The secret before the last rotation: it signs beside the new one until old_until.';
COMMENT ON COLUMN kernel.webhook_endpoint.disabled_at IS 'When it answered 410 Gone.';
COMMENT ON COLUMN kernel.webhook_endpoint.failing_since IS 'The first of the attempts that failed since the last one that did not.';
COMMENT ON COLUMN kernel.webhook_endpoint.left_alone_until IS 'It could not be reached, or asked for patience; then one attempt looks whether it is back.';
SELECT kernel.watch('kernel.webhook_endpoint');

CREATE TABLE kernel.webhook_event (
    id            text PRIMARY KEY CHECK (id ~ '^event_[0-9a-f]{32}$'),
    product       text NOT NULL,
    name          text NOT NULL,
    happened_at   timestamptz NOT NULL,
    body          text NOT NULL
);
COMMENT ON COLUMN kernel.webhook_event.body IS 'As it is signed and sent: every attempt sends the same bytes.';
CREATE INDEX webhook_event_age_idx ON kernel.webhook_event (happened_at);
SELECT kernel.watch('kernel.webhook_event');

CREATE TABLE kernel.webhook_delivery (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id          text NOT NULL REFERENCES kernel.webhook_event ON DELETE CASCADE,
    endpoint_id       text NOT NULL REFERENCES kernel.webhook_endpoint ON DELETE CASCADE,
    status            text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
    tries             bigint NOT NULL DEFAULT 0,
    next_attempt_at   timestamptz DEFAULT now(),
    give_up_at        timestamptz NOT NULL,
    CONSTRAINT webhook_delivery_event_key UNIQUE (event_id, endpoint_id),
    CONSTRAINT webhook_delivery_pending_has_turn CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL))
);
COMMENT ON COLUMN kernel.webhook_delivery.tries IS 'Since the event, or since it was last replayed.';
CREATE INDEX webhook_delivery_endpoint_idx ON kernel.webhook_delivery (endpoint_id, status);
SELECT kernel.watch('kernel.webhook_delivery');
CREATE TRIGGER only_moves BEFORE UPDATE OF status ON kernel.webhook_delivery
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('pending>delivered', 'pending>failed', 'failed>pending', 'delivered>pending');

CREATE TABLE kernel.webhook_attempt (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_id    bigint NOT NULL REFERENCES kernel.webhook_delivery ON DELETE CASCADE,
    ended_at       timestamptz NOT NULL DEFAULT now(),
    answer         bigint,
    milliseconds   bigint NOT NULL,
    error          text
);
COMMENT ON COLUMN kernel.webhook_attempt.answer IS 'The HTTP status; NULL when none came.';
CREATE INDEX webhook_attempt_delivery_idx ON kernel.webhook_attempt (delivery_id, id);
SELECT kernel.watch('kernel.webhook_attempt');
