-- Refunds that left and that a restored database can't take into its books: their payments give nothing back until then.

CREATE TABLE marketplace.lost_refund (
    refund_id            uuid PRIMARY KEY,
    payment_id           text NOT NULL,
    gateway              text NOT NULL CHECK (gateway IN ('sandbox', 'razorpay', 'stripe')),
    gateway_payment_id   text,
    tries                bigint NOT NULL CHECK (tries > 0),
    amount_minor         bigint NOT NULL CHECK (amount_minor > 0),
    requested_minor      bigint NOT NULL CHECK (requested_minor >= amount_minor),
    left_at              timestamptz NOT NULL,
    number               text,
    origin               text NOT NULL CHECK (origin IN ('request', 'dispute', 'payment', 'booking')),
    external_id          text,
    dispute_id           bigint,
    settled_at           timestamptz,
    settled_because      text,
    CONSTRAINT lost_refund_settled_says_why CHECK ((settled_at IS NULL) = (settled_because IS NULL))
);
CREATE INDEX lost_refund_open_idx ON marketplace.lost_refund (payment_id) WHERE settled_at IS NULL;
SELECT kernel.watch('marketplace.lost_refund');
COMMENT ON TABLE marketplace.lost_refund IS 'Known from the journal alone: the money left before the database was restored to an earlier moment.';
COMMENT ON COLUMN marketplace.lost_refund.gateway_payment_id IS 'A payment that is told anew has another id here, and the same at its gateway.';
