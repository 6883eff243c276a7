-- Reading customers: lists in every order, searched and filtered; their sessions and what they did; looks that are
-- recorded in one round trip.

CREATE FUNCTION kernel.require(holds boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF holds IS NOT TRUE THEN
        RAISE EXCEPTION 'what this write depends on does not hold' USING ERRCODE = 'BO004';
    END IF;
END $$;
COMMENT ON FUNCTION kernel.require(boolean) IS
    'A check that goes with a commit in one batch: where it fails nothing is kept, and the code says which refusal it is.';

ALTER TABLE marketplace.customer
    ADD COLUMN device_type text CHECK (device_type IN ('mobile', 'web', 'app')),
    ADD COLUMN name_words tsvector GENERATED ALWAYS AS (kernel.search_vector(name)) STORED,
    ADD COLUMN trust bigint NOT NULL GENERATED ALWAYS AS (coalesce(trust_by_hand, trust_computed)) STORED,
    ADD COLUMN verification_level bigint NOT NULL
        GENERATED ALWAYS AS (num_nonnulls(email_verified_at, phone_verified_at, identity_verified_at)::bigint) STORED,
    ADD COLUMN is_often_cancelling boolean NOT NULL GENERATED ALWAYS AS (bookings_cancelled * 10 > bookings * 3) STORED;
COMMENT ON COLUMN marketplace.customer.device_type IS 'From what they signed in last.';
COMMENT ON COLUMN marketplace.customer.name_words IS 'Kept, because a list that is walked in its order looks at it row by row.';
COMMENT ON COLUMN marketplace.customer.verification_level IS 'How many of e-mail, phone and identity are verified.';
COMMENT ON COLUMN marketplace.customer.is_often_cancelling IS 'More than 30% of their bookings were cancelled.';

-- Whoever knows a customer by a fragment asks each through its own index.
CREATE INDEX customer_name_search_idx ON marketplace.customer USING gin (name_words);
CREATE INDEX customer_email_search_idx ON marketplace.customer (kernel.fold(email) text_pattern_ops);
CREATE INDEX customer_phone_search_idx ON marketplace.customer (phone text_pattern_ops);
CREATE INDEX customer_phone_end_idx ON marketplace.customer (reverse(phone) text_pattern_ops);
-- One for each order; both directions walk it.
CREATE INDEX customer_name_idx ON marketplace.customer (kernel.fold(name), id);
CREATE INDEX customer_trust_idx ON marketplace.customer (trust, id);
CREATE INDEX customer_last_active_idx ON marketplace.customer (last_active_at DESC NULLS LAST, id DESC);
-- Filters that let few through, each in the usual order.
CREATE INDEX customer_status_idx ON marketplace.customer (status, registered_at, id);
CREATE INDEX customer_verification_idx ON marketplace.customer (verification_level, registered_at, id);
CREATE INDEX customer_often_cancelling_idx ON marketplace.customer (registered_at, id) WHERE is_often_cancelling;
CREATE INDEX customer_several_disputes_idx ON marketplace.customer (registered_at, id) WHERE disputes >= 2;

-- Sessions and what customers did -------------------------------------------------------------------------------

CREATE TABLE marketplace.session (
    id                 text PRIMARY KEY CHECK (id ~ '^sess_[0-9a-z_]+$'),
    external_id        text NOT NULL CONSTRAINT session_external_id_key UNIQUE,
    customer_id        bigint NOT NULL REFERENCES marketplace.customer,
    device_type        text NOT NULL CHECK (device_type IN ('mobile', 'web', 'app')),
    device_name        text,
    browser            text,
    ip_address         text,
    user_agent         text,
    location           text,
    began_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_activity_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at           timestamptz,
    ended_by           text CHECK (ended_by IN ('customer', 'staff', 'system')),
    CONSTRAINT session_ended_by_somebody CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
COMMENT ON TABLE marketplace.session IS 'Sessions of customers on the platform, as the platform tells of them.';
CREATE INDEX session_customer_idx ON marketplace.session (customer_id, last_activity_at, id) WHERE ended_at IS NULL;
CREATE INDEX session_last_activity_idx ON marketplace.session (last_activity_at, id);
SELECT kernel.watch('marketplace.session');

CREATE TABLE marketplace.activity (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    external_id      text CONSTRAINT activity_external_id_key UNIQUE,
    customer_id      bigint NOT NULL REFERENCES marketplace.customer,
    type             text NOT NULL CHECK (type IN ('login', 'logout', 'profile_update')),
    is_success       boolean NOT NULL DEFAULT true,
    failure_reason   text,
    session_id       text REFERENCES marketplace.session ON DELETE SET NULL,
    changed          text[] NOT NULL DEFAULT '{}',
    ip_address       text,
    user_agent       text,
    device_type      text CHECK (device_type IN ('mobile', 'web', 'app')),
    location         text,
    at               timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE marketplace.activity IS 'What customers did that leaves no row of its own: bookings, payments, reviews and disputes do.';
COMMENT ON COLUMN marketplace.activity.changed IS 'Names of the fields of the profile that were changed, never their values.';
CREATE INDEX activity_customer_idx ON marketplace.activity (customer_id, at, id);
CREATE INDEX activity_age_idx ON marketplace.activity (at, id);
CREATE INDEX activity_session_idx ON marketplace.activity (session_id) WHERE session_id IS NOT NULL;
SELECT kernel.watch('marketplace.activity');

-- Ratings of vendors and what was found when everything was counted again --------------------------------------

CREATE INDEX booking_service_idx ON marketplace.booking (service_id, created_at, id);
CREATE INDEX review_service_idx ON marketplace.review (service_id);
CREATE INDEX vendor_name_search_idx ON marketplace.vendor USING gin (kernel.search_vector(name || ' ' || display_name));
CREATE INDEX service_name_search_idx ON marketplace.service USING gin (kernel.search_vector(name));

CREATE FUNCTION marketplace.recount_vendors(vendors bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    drifted bigint;
BEGIN
    UPDATE marketplace.vendor v SET reviews = n.reviews, ratings = n.ratings
      FROM (SELECT x.id, count(r.id) AS reviews, coalesce(sum(r.rating), 0)::bigint AS ratings
              FROM marketplace.vendor x
              LEFT JOIN marketplace.review r ON r.vendor_id = x.id AND r.status = 'visible'
             WHERE x.id = ANY (vendors) GROUP BY x.id) n
     WHERE v.id = n.id AND (v.reviews, v.ratings) IS DISTINCT FROM (n.reviews, n.ratings);
    GET DIAGNOSTICS drifted = ROW_COUNT;
    RETURN drifted;
END $$;
COMMENT ON FUNCTION marketplace.recount_vendors IS
    'Reviews and stars of these vendors, counted from what is visible. Returns how many had drifted. Hold them first.';

CREATE FUNCTION marketplace.recount_customers_after(after bigint, at_once bigint, OUT last bigint, OUT rows bigint, OUT drifted bigint)
LANGUAGE plpgsql AS $$
DECLARE
    slice bigint[] := ARRAY(SELECT id FROM marketplace.customer WHERE id > after ORDER BY id LIMIT at_once FOR NO KEY UPDATE);
BEGIN
    rows := cardinality(slice);
    last := coalesce(slice[rows], after);
    drifted := marketplace.recount(slice)
        + (SELECT count(*) FROM marketplace.customer c
             LEFT JOIN (SELECT customer_id, coalesce(sum(amount) FILTER (WHERE ledger = 'wallet'), 0) AS wallet,
                               coalesce(sum(amount) FILTER (WHERE ledger = 'loyalty'), 0) AS points
                          FROM marketplace.wallet_entry WHERE customer_id = ANY (slice) GROUP BY customer_id) e
               ON e.customer_id = c.id
            WHERE c.id = ANY (slice)
              AND (c.wallet_minor, c.loyalty_points) <> (coalesce(e.wallet, 0), coalesce(e.points, 0)));
END $$;
COMMENT ON FUNCTION marketplace.recount_customers_after IS
    'Holds the next customers, then counts: what was committed meanwhile is seen. Balances are compared, never mended.';

CREATE FUNCTION marketplace.recount_vendors_after(after bigint, at_once bigint, OUT last bigint, OUT rows bigint, OUT drifted bigint)
LANGUAGE plpgsql AS $$
DECLARE
    slice bigint[] := ARRAY(SELECT id FROM marketplace.vendor WHERE id > after ORDER BY id LIMIT at_once FOR NO KEY UPDATE);
BEGIN
    rows := cardinality(slice);
    last := coalesce(slice[rows], after);
    drifted := marketplace.recount_vendors(slice);
END $$;

CREATE TABLE marketplace.recount_report (
    day        date PRIMARY KEY,
    customers  bigint NOT NULL,
    vendors    bigint NOT NULL,
    drifted    bigint NOT NULL,
    ended_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
SELECT kernel.watch('marketplace.recount_report');
COMMENT ON TABLE marketplace.recount_report IS 'A row for each night on which all sums were counted again: how many were wrong.';
