-- A refund that only a gateway knows, made by hand in its dashboard: it is listed by its payment and the gateway's own name
-- of it, once for ever, and has no refund of ours until somebody closes it.

-- The list of kinds grows by one.
-- squawk-ignore ban-drop-constraint
ALTER TABLE marketplace.refund_difference DROP CONSTRAINT refund_difference_kind_check;
-- A difference without a refund is of the new kind alone.
-- squawk-ignore ban-drop-not-null
ALTER TABLE marketplace.refund_difference ALTER COLUMN refund_id DROP NOT NULL;
-- So is one without a status of ours.
-- squawk-ignore ban-drop-not-null
ALTER TABLE marketplace.refund_difference ALTER COLUMN our_status DROP NOT NULL;
ALTER TABLE marketplace.refund_difference
    ADD COLUMN payment_id text,
    ADD CONSTRAINT refund_difference_payment_fkey FOREIGN KEY (payment_id) REFERENCES marketplace.payment NOT VALID,
    ADD CONSTRAINT refund_difference_kind_check
        CHECK (kind IN ('not_at_gateway', 'refused_at_gateway', 'done_though_failed', 'amount_differs', 'unknown_here'))
        NOT VALID,
    ADD CONSTRAINT refund_difference_is_of_something
        CHECK (CASE WHEN kind = 'unknown_here' THEN num_nulls(payment_id, said, said_minor, said_currency) = 0
                    ELSE payment_id IS NULL AND num_nulls(refund_id, our_status) = 0 END) NOT VALID;
COMMENT ON COLUMN marketplace.refund_difference.payment_id IS 'Of a refund that only the gateway knows: what it was given back of.';
-- A few hundred rows at the most.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX refund_difference_unknown_key ON marketplace.refund_difference (payment_id, said)
    WHERE kind = 'unknown_here';
