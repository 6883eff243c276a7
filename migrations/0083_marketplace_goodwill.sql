-- Goodwill that staff put into wallets, and refunds of which the gateway's books say something else than ours.

CREATE TABLE marketplace.goodwill (
    id                uuid PRIMARY KEY,
    customer_id       bigint NOT NULL REFERENCES marketplace.customer,
    status            text NOT NULL DEFAULT 'pending',
    amount_minor      bigint NOT NULL CHECK (amount_minor > 0),
    currency          text NOT NULL DEFAULT 'INR' CHECK (currency = 'INR'),
    reason            text NOT NULL,
    requested_by      bigint NOT NULL REFERENCES kernel.staff,
    requested_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_by        bigint REFERENCES kernel.staff,
    decided_at        timestamptz,
    CONSTRAINT goodwill_decided CHECK ((status = 'pending') = (decided_at IS NULL))
);
COMMENT ON TABLE marketplace.goodwill IS 'Money that staff put into a customer''s wallet, under the rule of refunds: much of it needs two people.';
CREATE INDEX goodwill_customer_idx ON marketplace.goodwill (customer_id, requested_at, id);
SELECT kernel.watch('marketplace.goodwill');
SELECT kernel.status('marketplace.goodwill', 'pending>granted', 'pending>rejected');

CREATE TABLE marketplace.refund_difference (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    refund_id    uuid NOT NULL REFERENCES marketplace.refund,
    kind         text NOT NULL CHECK (kind IN ('not_at_gateway', 'refused_at_gateway', 'done_though_failed')),
    status       text NOT NULL DEFAULT 'open',
    our_status   text NOT NULL,
    said         text,
    found_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at     timestamptz,
    ended_by     bigint REFERENCES kernel.staff,
    ended_why    text,
    CONSTRAINT refund_difference_ended CHECK ((status = 'open') = (ended_at IS NULL))
);
COMMENT ON TABLE marketplace.refund_difference IS 'A refund of which the gateway''s books say something else than ours. Found by a job, ended when it is gone or somebody closes it.';
COMMENT ON COLUMN marketplace.refund_difference.said IS 'What the gateway says of it: its reference, or its code.';
CREATE UNIQUE INDEX refund_difference_open_key ON marketplace.refund_difference (refund_id) WHERE status = 'open';
CREATE INDEX refund_difference_age_idx ON marketplace.refund_difference (found_at, id);
SELECT kernel.watch('marketplace.refund_difference');
SELECT kernel.status('marketplace.refund_difference', 'open>gone', 'open>closed');
