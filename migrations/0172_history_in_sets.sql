-- History comes in sets: what follows from new payments is written once for all bookings that they are of, and a customer
-- once with both sums and trust. Of a booking each write touches twenty indexes, of a customer eighteen.

CREATE FUNCTION marketplace.follow_payments(bookings text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE marketplace.booking b
       SET payment_status = p.became, payment_method = p.method, updated_at = clock_timestamp()
      FROM (SELECT o.id,
                   CASE WHEN count(y.id) = 0 THEN 'pending'
                        WHEN sum(y.captured_minor) = 0 AND bool_or(y.status = 'pending') THEN 'pending'
                        WHEN sum(y.captured_minor) = 0 THEN 'failed'
                        WHEN sum(y.refunded_minor + y.charged_back_minor) >= sum(y.captured_minor) THEN 'refunded'
                        WHEN sum(y.refunded_minor + y.charged_back_minor) > 0 THEN 'partially_refunded'
                        ELSE 'paid' END AS became,
                   (array_agg(y.method ORDER BY y.captured_minor > 0 DESC, y.created_at DESC))[1] AS method
              FROM unnest(bookings) AS o (id)
              LEFT JOIN marketplace.payment y ON y.booking_id = o.id
             GROUP BY o.id) p
     WHERE b.id = p.id AND (b.payment_status, b.payment_method) IS DISTINCT FROM (p.became, p.method);
END $$;
COMMENT ON FUNCTION marketplace.follow_payments IS 'What has become of these bookings by their payments, each written once, where it is otherwise.';

CREATE FUNCTION marketplace.follow_new_payments() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bookings text[] := (SELECT array_agg(DISTINCT booking_id) FROM changed);
BEGIN
    IF bookings IS NOT NULL THEN
        PERFORM marketplace.follow_payments(bookings);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION marketplace.follow_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM marketplace.follow_payments(ARRAY[NEW.booking_id]);
    RETURN NULL;
END $$;
DROP TRIGGER follow_payment ON marketplace.payment;
CREATE TRIGGER follow_new_payments AFTER INSERT ON marketplace.payment REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace.follow_new_payments();
CREATE TRIGGER follow_payment AFTER UPDATE OF status, captured_minor, refunded_minor, charged_back_minor
    ON marketplace.payment FOR EACH ROW EXECUTE FUNCTION marketplace.follow_payment();

-- A table without a row of anybody's, but for those of a batch that is being written.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX staged_payment_idx ON marketplace.staged (batch, (facts ->> 'booking')) WHERE kind = 'payment';
COMMENT ON INDEX marketplace.staged_payment_idx IS 'Says, before a booking comes in, by which payment it is paid.';

CREATE OR REPLACE FUNCTION marketplace.recount(customers bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    drifted bigint;
BEGIN
    WITH counted AS MATERIALIZED (
        SELECT c.id, n.*, marketplace.trust_of(jsonb_populate_record(c, to_jsonb(n)), clock_timestamp()) AS trust,
               (c.bookings, c.bookings_open, c.bookings_completed, c.bookings_cancelled, c.payments_succeeded,
                c.payments_failed, c.paid_minor, c.refunded_minor, c.reviews, c.ratings, c.disputes, c.disputes_open,
                c.disputes_decided, c.disputes_won)
               IS DISTINCT FROM
               (n.bookings, n.bookings_open, n.bookings_completed, n.bookings_cancelled, n.payments_succeeded,
                n.payments_failed, n.paid_minor, n.refunded_minor, n.reviews, n.ratings, n.disputes, n.disputes_open,
                n.disputes_decided, n.disputes_won) AS has_drifted
          FROM marketplace.customer c
         CROSS JOIN LATERAL (SELECT b.*, p.*, r.*, d.*
          FROM (
               SELECT count(*) AS bookings,
                      count(*) FILTER (WHERE status IN ('pending', 'confirmed', 'in_progress')) AS bookings_open,
                      count(*) FILTER (WHERE status = 'completed') AS bookings_completed,
                      count(*) FILTER (WHERE status = 'cancelled' AND cancelled_by = 'customer')
                          AS bookings_cancelled
                 FROM marketplace.booking WHERE customer_id = c.id) b
         CROSS JOIN (
               SELECT count(*) FILTER (WHERE status NOT IN ('pending', 'failed')) AS payments_succeeded,
                      count(*) FILTER (WHERE status = 'failed') AS payments_failed,
                      coalesce(sum(captured_minor), 0)::bigint AS paid_minor,
                      coalesce(sum(refunded_minor + charged_back_minor), 0)::bigint AS refunded_minor
                 FROM marketplace.payment WHERE customer_id = c.id) p
         CROSS JOIN (
               SELECT count(*) AS reviews, coalesce(sum(rating), 0)::bigint AS ratings
                 FROM marketplace.review WHERE customer_id = c.id) r
         CROSS JOIN (
               SELECT count(*) AS disputes,
                      count(*) FILTER (WHERE status IN ('open', 'in_progress')) AS disputes_open,
                      count(*) FILTER (WHERE status IN ('resolved', 'closed', 'rejected')) AS disputes_decided,
                      count(*) FILTER (WHERE status IN ('resolved', 'closed') AND resolution_type <> 'no_refund') AS disputes_won
                 FROM marketplace.dispute WHERE customer_id = c.id) d) n
         WHERE c.id = ANY (customers)
    ), written AS (
        UPDATE marketplace.customer c
           SET bookings = n.bookings, bookings_open = n.bookings_open, bookings_completed = n.bookings_completed,
               bookings_cancelled = n.bookings_cancelled, payments_succeeded = n.payments_succeeded,
               payments_failed = n.payments_failed, paid_minor = n.paid_minor, refunded_minor = n.refunded_minor,
               reviews = n.reviews, ratings = n.ratings, disputes = n.disputes, disputes_open = n.disputes_open,
               disputes_decided = n.disputes_decided, disputes_won = n.disputes_won, trust_computed = n.trust
          FROM counted n
         WHERE c.id = n.id AND (n.has_drifted OR c.trust_computed <> n.trust)
     RETURNING n.has_drifted)
    SELECT count(*) FILTER (WHERE has_drifted) INTO drifted FROM written;
    RETURN drifted;
END $$;
