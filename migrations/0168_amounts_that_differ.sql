-- A gateway may have given another amount than our books say: both figures stand with the difference. Counted as what was
-- given, a payment that seemed to be refunded whole may turn out not to be.

-- The list of kinds grows by one.
-- squawk-ignore ban-drop-constraint
ALTER TABLE marketplace.refund_difference DROP CONSTRAINT refund_difference_kind_check;
ALTER TABLE marketplace.refund_difference
    ADD COLUMN our_minor bigint,
    ADD COLUMN said_minor bigint,
    ADD COLUMN said_currency text,
    ADD CONSTRAINT refund_difference_kind_check
        CHECK (kind IN ('not_at_gateway', 'refused_at_gateway', 'done_though_failed', 'amount_differs')) NOT VALID,
    ADD CONSTRAINT refund_difference_says_how_much
        CHECK (kind <> 'amount_differs' OR num_nulls(our_minor, said, said_minor, said_currency) = 0) NOT VALID;
COMMENT ON COLUMN marketplace.refund_difference.our_minor IS 'The refund''s amount in our books when it was found; said_minor what the gateway says that it gave or gives, in said_currency.';

DROP TRIGGER only_moves ON marketplace.payment;
CREATE TRIGGER only_moves BEFORE UPDATE OF status ON marketplace.payment FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('pending>success', 'pending>failed', 'failed>success', 'success>partially_refunded',
                                       'success>refunded', 'partially_refunded>refunded', 'refunded>partially_refunded');
