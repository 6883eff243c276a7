-- Money that goes back by other ways than a decided refund, and what is known of each: chargebacks, payments that came too
-- late, requests of customers with their evidence.

ALTER TABLE marketplace.payment
    ADD COLUMN captured_late text CHECK (captured_late IN ('booking_cancelled', 'paid_already'));
COMMENT ON COLUMN marketplace.payment.captured_late IS 'Why the money should not have come: shown as to be returned until it is; nothing goes back by itself.';
CREATE INDEX payment_captured_late_idx ON marketplace.payment (created_at, id) WHERE captured_late IS NOT NULL;

ALTER TABLE marketplace.refund
    ADD COLUMN external_id text CONSTRAINT refund_external_id_key UNIQUE,
    ADD COLUMN evidence jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN tries bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN marketplace.refund.tries IS 'How often it was decided to send it: each time under a key of its own, and only once the one before is known to have failed.';
COMMENT ON COLUMN marketplace.refund.evidence IS 'What whoever asked shows for it: [{"type": "image", "url": "https://..."}].';
CREATE INDEX refund_status_idx ON marketplace.refund (status, requested_at, id);
CREATE INDEX refund_vendor_idx ON marketplace.refund (vendor_id, requested_at, id);

-- Who may be asked to agree to what, and what it says: for the list of what waits for somebody.
ALTER TABLE kernel.approval
    ADD COLUMN permission text NOT NULL DEFAULT '',
    ADD COLUMN payload jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN kernel.approval.permission IS 'What whoever agrees needs.';
COMMENT ON COLUMN kernel.approval.payload IS 'What is agreed to, as its digest covers it: ids, amounts and codes alone.';
CREATE INDEX approval_subject_idx ON kernel.approval (product, act, subject);

CREATE TABLE marketplace.chargeback (
    id                      uuid PRIMARY KEY,
    gateway                 text NOT NULL CHECK (gateway IN ('sandbox', 'razorpay', 'stripe')),
    gateway_chargeback_id   text NOT NULL,
    payment_id              text NOT NULL REFERENCES marketplace.payment,
    customer_id             bigint NOT NULL REFERENCES marketplace.customer,
    dispute_id              bigint REFERENCES marketplace.dispute,
    status                  text NOT NULL DEFAULT 'open',
    amount_minor            bigint NOT NULL CHECK (amount_minor > 0),
    currency                text NOT NULL DEFAULT 'INR' CHECK (currency = 'INR'),
    reason                  text,
    opened_at               timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at                timestamptz,
    CONSTRAINT chargeback_known_at_gateway_key UNIQUE (gateway, gateway_chargeback_id),
    CONSTRAINT chargeback_ended CHECK ((status = 'open') = (ended_at IS NULL))
);
COMMENT ON TABLE marketplace.chargeback IS 'A customer who takes their money back through their bank, as the gateway tells it. Open, it keeps every refund of the payment waiting.';
CREATE INDEX chargeback_payment_idx ON marketplace.chargeback (payment_id);
CREATE INDEX chargeback_dispute_idx ON marketplace.chargeback (dispute_id);
SELECT kernel.watch('marketplace.chargeback');
SELECT kernel.status('marketplace.chargeback', 'open>won', 'open>lost');

-- What a payment's refunds and chargebacks take of it. A lost chargeback takes no more than refunds left: what the bank
-- took beyond that stands on the chargeback alone, so that the payment never gives back more than it brought.
CREATE FUNCTION marketplace.count_payment(counted text) RETURNS void LANGUAGE sql AS $$
    UPDATE marketplace.payment p
       SET reserved_minor = n.reserved, refunded_minor = n.refunded, charged_back_minor = n.charged_back,
           frozen_at = n.frozen_at,
           status = CASE WHEN n.refunded + n.charged_back = 0 THEN p.status
                         WHEN n.refunded + n.charged_back >= p.captured_minor THEN 'refunded'
                         ELSE 'partially_refunded' END
      FROM (SELECT o.id, r.reserved, r.refunded, c.frozen_at,
                   least(c.lost, greatest(o.captured_minor - r.reserved - r.refunded, 0)) AS charged_back
              FROM marketplace.payment o
             CROSS JOIN LATERAL (
                   SELECT coalesce(sum(amount_minor) FILTER (WHERE status IN ('pending', 'approved')), 0)::bigint AS reserved,
                          coalesce(sum(amount_minor) FILTER (WHERE status = 'processed'), 0)::bigint AS refunded
                     FROM marketplace.refund WHERE payment_id = o.id) r
             CROSS JOIN LATERAL (
                   SELECT coalesce(sum(amount_minor) FILTER (WHERE status = 'lost'), 0)::bigint AS lost,
                          min(opened_at) FILTER (WHERE status = 'open') AS frozen_at
                     FROM marketplace.chargeback WHERE payment_id = o.id) c
             WHERE o.id = counted) n
     WHERE p.id = n.id
$$;
COMMENT ON FUNCTION marketplace.count_payment IS 'A payment knows what its refunds and chargebacks take, whoever writes them: together no more than was captured.';

CREATE OR REPLACE FUNCTION marketplace.follow_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM marketplace.count_payment(NEW.payment_id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION marketplace.follow_refund IS 'Counts anew what is taken of the payment of a refund or a chargeback.';
CREATE TRIGGER follow_chargeback AFTER INSERT OR UPDATE OF status, amount_minor ON marketplace.chargeback
    FOR EACH ROW EXECUTE FUNCTION marketplace.follow_refund();

CREATE FUNCTION marketplace.follow_capture() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM marketplace.count_payment(NEW.id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION marketplace.follow_capture IS 'A chargeback may be told before the capture that it takes back.';
CREATE TRIGGER follow_capture AFTER UPDATE OF captured_minor ON marketplace.payment
    FOR EACH ROW WHEN (OLD.captured_minor <> NEW.captured_minor) EXECUTE FUNCTION marketplace.follow_capture();
