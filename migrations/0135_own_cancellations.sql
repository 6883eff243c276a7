-- What counts as a customer's cancellation is what the customer cancelled: not what a vendor, the house or a refund in
-- full called off.

CREATE OR REPLACE FUNCTION marketplace.recount(customers bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    drifted bigint;
BEGIN
    WITH counted AS (
        SELECT c.id, b.*, p.*, r.*, d.*
          FROM marketplace.customer c
         CROSS JOIN LATERAL (
               SELECT count(*) AS bookings,
                      count(*) FILTER (WHERE status IN ('pending', 'confirmed', 'in_progress')) AS bookings_open,
                      count(*) FILTER (WHERE status = 'completed') AS bookings_completed,
                      count(*) FILTER (WHERE status = 'cancelled' AND cancelled_by = 'customer')
                          AS bookings_cancelled
                 FROM marketplace.booking WHERE customer_id = c.id) b
         CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE status NOT IN ('pending', 'failed')) AS payments_succeeded,
                      count(*) FILTER (WHERE status = 'failed') AS payments_failed,
                      coalesce(sum(captured_minor), 0)::bigint AS paid_minor,
                      coalesce(sum(refunded_minor + charged_back_minor), 0)::bigint AS refunded_minor
                 FROM marketplace.payment WHERE customer_id = c.id) p
         CROSS JOIN LATERAL (
               SELECT count(*) AS reviews, coalesce(sum(rating), 0)::bigint AS ratings
                 FROM marketplace.review WHERE customer_id = c.id) r
         CROSS JOIN LATERAL (
               SELECT count(*) AS disputes,
                      count(*) FILTER (WHERE status IN ('open', 'in_progress')) AS disputes_open,
                      count(*) FILTER (WHERE status IN ('resolved', 'closed', 'rejected')) AS disputes_decided,
                      count(*) FILTER (WHERE status IN ('resolved', 'closed') AND resolution_type <> 'no_refund') AS disputes_won
                 FROM marketplace.dispute WHERE customer_id = c.id) d
         WHERE c.id = ANY (customers)
    )
    UPDATE marketplace.customer c
       SET bookings = n.bookings, bookings_open = n.bookings_open, bookings_completed = n.bookings_completed,
           bookings_cancelled = n.bookings_cancelled, payments_succeeded = n.payments_succeeded,
           payments_failed = n.payments_failed, paid_minor = n.paid_minor, refunded_minor = n.refunded_minor,
           reviews = n.reviews, ratings = n.ratings, disputes = n.disputes, disputes_open = n.disputes_open,
           disputes_decided = n.disputes_decided, disputes_won = n.disputes_won
      FROM counted n
     WHERE c.id = n.id
       AND (c.bookings, c.bookings_open, c.bookings_completed, c.bookings_cancelled, c.payments_succeeded,
            c.payments_failed, c.paid_minor, c.refunded_minor, c.reviews, c.ratings, c.disputes, c.disputes_open,
            c.disputes_decided, c.disputes_won)
           IS DISTINCT FROM
           (n.bookings, n.bookings_open, n.bookings_completed, n.bookings_cancelled, n.payments_succeeded,
            n.payments_failed, n.paid_minor, n.refunded_minor, n.reviews, n.ratings, n.disputes, n.disputes_open,
            n.disputes_decided, n.disputes_won);
    GET DIAGNOSTICS drifted = ROW_COUNT;
    UPDATE marketplace.customer c SET trust_computed = marketplace.trust_of(c, clock_timestamp())
     WHERE c.id = ANY (customers) AND c.trust_computed <> marketplace.trust_of(c, clock_timestamp());
    RETURN drifted;
END $$;

COMMENT ON COLUMN marketplace.customer.bookings_cancelled IS 'By the customer; what a vendor, staff or the system called off is none of theirs.';
COMMENT ON COLUMN marketplace.customer.is_often_cancelling IS 'They cancelled more than 30% of their bookings.';

DO $$
DECLARE
    changed bigint[];
BEGIN
    WITH mended AS (
        UPDATE marketplace.customer c SET bookings_cancelled = n.own
          FROM (SELECT customer_id, count(*) FILTER (WHERE cancelled_by = 'customer') AS own
                  FROM marketplace.booking WHERE status = 'cancelled' GROUP BY customer_id) n
         WHERE c.id = n.customer_id AND c.bookings_cancelled <> n.own
        RETURNING c.id)
    SELECT array_agg(id) INTO changed FROM mended;
    UPDATE marketplace.customer c SET trust_computed = marketplace.trust_of(c, clock_timestamp())
     WHERE c.id = ANY (changed) AND c.trust_computed <> marketplace.trust_of(c, clock_timestamp());
END $$;
