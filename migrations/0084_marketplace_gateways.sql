-- What payment gateways tell, each event once; and why a refund that was approved is not done yet.

CREATE TABLE marketplace.gateway_event (
    id            text PRIMARY KEY,
    gateway       text NOT NULL CHECK (gateway IN ('sandbox', 'razorpay', 'stripe')),
    event_id      text NOT NULL,
    kind          text NOT NULL,
    status        text NOT NULL DEFAULT 'received',
    about         text,
    problem       text,
    tries         bigint NOT NULL DEFAULT 0 CHECK (tries >= 0),
    next_try_at   timestamptz,
    body_key_id   text NOT NULL,
    body_sealed   bytea NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at    timestamptz,
    CONSTRAINT gateway_event_once_key UNIQUE (gateway, event_id),
    CONSTRAINT gateway_event_says_why CHECK ((status IN ('stuck', 'set_aside')) = (problem IS NOT NULL))
);
COMMENT ON TABLE marketplace.gateway_event IS 'Webhooks of payment gateways whose signature was right, and what became of them. Old ones go.';
COMMENT ON COLUMN marketplace.gateway_event.event_id IS 'The gateway''s own id where it is signed, else the SHA-256 of the body.';
COMMENT ON COLUMN marketplace.gateway_event.about IS 'Our id of the payment or refund that it concerned.';
COMMENT ON COLUMN marketplace.gateway_event.body_sealed IS 'The body as it came, sealed: gateways write names and addresses into it.';
CREATE INDEX gateway_event_age_idx ON marketplace.gateway_event (received_at, id);
CREATE INDEX gateway_event_waits_idx ON marketplace.gateway_event (coalesce(next_try_at, received_at))
    WHERE status = 'received' OR (status = 'stuck' AND next_try_at IS NOT NULL);
CREATE INDEX gateway_event_shown_idx ON marketplace.gateway_event (received_at, id) WHERE status IN ('stuck', 'set_aside');
SELECT kernel.watch('marketplace.gateway_event');
SELECT kernel.status('marketplace.gateway_event', 'received>done', 'received>set_aside', 'received>stuck',
                     'stuck>done', 'stuck>set_aside', 'set_aside>received', 'stuck>received');

ALTER TABLE marketplace.refund
    ADD COLUMN waits_because text;
COMMENT ON COLUMN marketplace.refund.waits_because IS 'Why an approved refund is not done yet, as the gateway or our settings have it; null once it is settled.';
