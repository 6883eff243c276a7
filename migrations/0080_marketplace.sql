-- The marketplace's ground: customers, vendors, services, bookings, payments, refunds, disputes, reviews, wallets.
-- Money is integer minor units of the one currency of the marketplace. Lock order: customer, booking, payment, refund,
-- dispute: whoever writes about a customer holds the customer first.

INSERT INTO kernel.product (name, moves_money) VALUES ('marketplace', true);
CREATE SCHEMA marketplace;

-- References that people read rise by year and are never given twice; a write that fails leaves a gap.
CREATE FUNCTION kernel.next_reference(prefix text, digits bigint, at timestamptz DEFAULT clock_timestamp())
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    year     text := to_char(at AT TIME ZONE 'UTC', 'YYYY');
    sequence text := format('kernel.%I', 'reference_' || lower(prefix) || '_' || year);
    number   text;
BEGIN
    IF prefix !~ '^[A-Z]{1,10}$' THEN
        RAISE EXCEPTION 'a reference begins with capital letters';
    END IF;
    IF to_regclass(sequence) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(sequence, 0));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %s', sequence);
    END IF;
    number := nextval(sequence::regclass)::text;
    RETURN prefix || '-' || year || '-' || lpad(number, greatest(digits, length(number))::integer, '0');
END $$;
COMMENT ON FUNCTION kernel.next_reference IS 'PREFIX-YEAR-NUMBER: one sequence for each kind and year, of at least so many digits.';

CREATE TABLE marketplace.customer (
    id                       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    external_id              text CONSTRAINT customer_external_id_key UNIQUE,
    name                     text,
    email                    text,
    phone                    text CHECK (phone ~ '^[+][0-9]{6,15}$'),
    profile_picture_url      text,
    status                   text NOT NULL DEFAULT 'active',
    suspension_reason        text,
    suspended_at             timestamptz,
    suspended_until          timestamptz,
    email_verified_at        timestamptz,
    phone_verified_at        timestamptz,
    identity_document_type   text,
    identity_verified_at     timestamptz,
    registered_at            timestamptz NOT NULL DEFAULT now(),
    last_login_at            timestamptz,
    last_active_at           timestamptz,
    logins                   bigint NOT NULL DEFAULT 0,
    bookings                 bigint NOT NULL DEFAULT 0,
    bookings_open            bigint NOT NULL DEFAULT 0,
    bookings_completed       bigint NOT NULL DEFAULT 0,
    bookings_cancelled       bigint NOT NULL DEFAULT 0,
    payments_succeeded       bigint NOT NULL DEFAULT 0,
    payments_failed          bigint NOT NULL DEFAULT 0,
    paid_minor               bigint NOT NULL DEFAULT 0,
    refunded_minor           bigint NOT NULL DEFAULT 0,
    reviews                  bigint NOT NULL DEFAULT 0,
    ratings                  bigint NOT NULL DEFAULT 0,
    disputes                 bigint NOT NULL DEFAULT 0,
    disputes_open            bigint NOT NULL DEFAULT 0,
    disputes_decided         bigint NOT NULL DEFAULT 0,
    disputes_won             bigint NOT NULL DEFAULT 0,
    wallet_minor             bigint NOT NULL DEFAULT 0 CONSTRAINT customer_wallet_not_overdrawn CHECK (wallet_minor >= 0),
    loyalty_points           bigint NOT NULL DEFAULT 0 CONSTRAINT customer_points_not_overdrawn CHECK (loyalty_points >= 0),
    trust_computed           bigint NOT NULL DEFAULT 68 CHECK (trust_computed BETWEEN 0 AND 100),
    trust_by_hand            bigint CHECK (trust_by_hand BETWEEN 0 AND 100),
    trust_reason             text,
    is_restricted            boolean NOT NULL DEFAULT false,
    CONSTRAINT customer_suspended_since CHECK ((status = 'suspended') = (suspended_at IS NOT NULL))
);
COMMENT ON COLUMN marketplace.customer.bookings IS 'This and the sums after it: kept by marketplace.recount() in the write that changes what they count.';
COMMENT ON COLUMN marketplace.customer.ratings IS 'Sum of the stars of their reviews.';
COMMENT ON COLUMN marketplace.customer.is_restricted IS 'The score limits what they may book: below 30 nothing, below 50 only paid in advance.';
CREATE UNIQUE INDEX customer_email_key ON marketplace.customer (lower(email));
CREATE UNIQUE INDEX customer_phone_key ON marketplace.customer (phone);
CREATE INDEX customer_age_idx ON marketplace.customer (registered_at, id);
CREATE INDEX customer_suspended_idx ON marketplace.customer (suspended_until) WHERE status = 'suspended';
SELECT kernel.watch('marketplace.customer');
SELECT kernel.status('marketplace.customer', 'active>suspended', 'active>banned', 'active>deleted', 'suspended>active',
                     'suspended>banned', 'suspended>deleted', 'banned>active', 'banned>deleted');
SELECT kernel.tally('marketplace.customer', 'customers', '{status}');

CREATE TABLE marketplace.vendor (
    id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    external_id           text CONSTRAINT vendor_external_id_key UNIQUE,
    name                  text NOT NULL,
    display_name          text NOT NULL,
    email                 text,
    phone                 text CHECK (phone ~ '^[+][0-9]{6,15}$'),
    logo_url              text,
    city                  text,
    verification_status   text NOT NULL DEFAULT 'pending' CHECK (verification_status IN ('pending', 'verified', 'rejected')),
    reviews               bigint NOT NULL DEFAULT 0,
    ratings               bigint NOT NULL DEFAULT 0,
    registered_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX vendor_age_idx ON marketplace.vendor (registered_at, id);
SELECT kernel.watch('marketplace.vendor');

CREATE TABLE marketplace.service (
    id                 text PRIMARY KEY CHECK (id ~ '^svc_[0-9a-z_]+$'),
    external_id        text CONSTRAINT service_external_id_key UNIQUE,
    vendor_id          bigint NOT NULL REFERENCES marketplace.vendor,
    name               text NOT NULL,
    category           text NOT NULL CHECK (category ~ '^[a-z][a-z0-9_]*$'),
    subcategory        text,
    description        text,
    pricing_type       text NOT NULL DEFAULT 'fixed' CHECK (pricing_type IN ('fixed', 'hourly', 'daily', 'per_person', 'quote')),
    base_price_minor   bigint NOT NULL CHECK (base_price_minor >= 0),
    duration_minutes   bigint CHECK (duration_minutes > 0),
    is_active          boolean NOT NULL DEFAULT true,
    created_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX service_vendor_idx ON marketplace.service (vendor_id);
CREATE INDEX service_age_idx ON marketplace.service (created_at, id);
SELECT kernel.watch('marketplace.service');

CREATE TABLE marketplace.booking (
    id                    text PRIMARY KEY CHECK (id ~ '^bkg_[0-9a-z_]+$'),
    external_id           text CONSTRAINT booking_external_id_key UNIQUE,
    reference             text NOT NULL CONSTRAINT booking_reference_key UNIQUE,
    customer_id           bigint NOT NULL REFERENCES marketplace.customer,
    vendor_id             bigint NOT NULL REFERENCES marketplace.vendor,
    service_id            text NOT NULL REFERENCES marketplace.service,
    status                text NOT NULL DEFAULT 'pending',
    scheduled_at          timestamptz NOT NULL,
    time_zone             text NOT NULL,
    duration_minutes      bigint CHECK (duration_minutes > 0),
    street                text,
    apartment             text,
    city                  text,
    state                 text,
    pincode               text,
    landmark              text,
    latitude              double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude             double precision CHECK (longitude BETWEEN -180 AND 180),
    base_minor            bigint NOT NULL CHECK (base_minor >= 0),
    tax_minor             bigint NOT NULL DEFAULT 0 CHECK (tax_minor >= 0),
    platform_fee_minor    bigint NOT NULL DEFAULT 0 CHECK (platform_fee_minor >= 0),
    discount_minor        bigint NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
    amount_minor          bigint NOT NULL CHECK (amount_minor >= 0),
    currency              text NOT NULL DEFAULT 'INR' CHECK (currency = 'INR'),
    commission_permille   bigint NOT NULL DEFAULT 0 CHECK (commission_permille BETWEEN 0 AND 1000),
    payment_status        text NOT NULL DEFAULT 'pending'
                          CHECK (payment_status IN ('pending', 'paid', 'failed', 'partially_refunded', 'refunded')),
    payment_method        text CHECK (payment_method IN ('card', 'upi', 'wallet', 'netbanking')),
    is_prepaid            boolean NOT NULL DEFAULT false,
    notes                 text,
    requirements          text[] NOT NULL DEFAULT '{}',
    cancellation_reason   text,
    cancelled_by          text CHECK (cancelled_by IN ('customer', 'vendor', 'staff', 'system')),
    cancelled_at          timestamptz,
    completed_at          timestamptz,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT booking_adds_up CHECK (amount_minor = base_minor + tax_minor + platform_fee_minor - discount_minor),
    CONSTRAINT booking_cancelled_at CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL))
);
COMMENT ON COLUMN marketplace.booking.time_zone IS 'The zone in which scheduled_at was agreed on, an IANA name or an offset.';
COMMENT ON COLUMN marketplace.booking.commission_permille IS 'What the platform keeps of what is paid, in thousandths.';
COMMENT ON COLUMN marketplace.booking.payment_status IS 'Follows its payments, by trigger.';
CREATE INDEX booking_customer_idx ON marketplace.booking (customer_id, created_at, id);
CREATE INDEX booking_vendor_idx ON marketplace.booking (vendor_id, created_at, id);
CREATE INDEX booking_age_idx ON marketplace.booking (created_at, id);
SELECT kernel.watch('marketplace.booking');
SELECT kernel.status('marketplace.booking', 'pending>confirmed', 'pending>cancelled', 'confirmed>in_progress',
                     'confirmed>cancelled', 'in_progress>completed', 'in_progress>cancelled', 'in_progress>disputed',
                     'completed>disputed', 'disputed>completed', 'disputed>cancelled');
SELECT kernel.tally('marketplace.booking', 'bookings', '{status}');

CREATE TABLE marketplace.booking_move (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    booking_id    text NOT NULL REFERENCES marketplace.booking,
    became        text NOT NULL CHECK (became IN ('pending', 'confirmed', 'in_progress', 'completed', 'cancelled', 'disputed')),
    moved_by      text NOT NULL CHECK (moved_by IN ('customer', 'vendor', 'staff', 'system')),
    staff_id      bigint REFERENCES kernel.staff,
    moved_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX booking_move_booking_idx ON marketplace.booking_move (booking_id, id);
SELECT kernel.watch('marketplace.booking_move');

CREATE TABLE marketplace.payment (
    id                   text PRIMARY KEY CHECK (id ~ '^pay_[0-9a-z_]+$'),
    external_id          text CONSTRAINT payment_external_id_key UNIQUE,
    booking_id           text NOT NULL REFERENCES marketplace.booking,
    customer_id          bigint NOT NULL REFERENCES marketplace.customer,
    amount_minor         bigint NOT NULL CHECK (amount_minor > 0),
    currency             text NOT NULL DEFAULT 'INR' CHECK (currency = 'INR'),
    method               text NOT NULL CHECK (method IN ('card', 'upi', 'wallet', 'netbanking')),
    gateway              text NOT NULL CHECK (gateway IN ('sandbox', 'razorpay', 'stripe')),
    gateway_payment_id   text,
    status               text NOT NULL DEFAULT 'pending',
    failure_reason       text,
    captured_minor       bigint NOT NULL DEFAULT 0 CHECK (captured_minor BETWEEN 0 AND amount_minor),
    reserved_minor       bigint NOT NULL DEFAULT 0 CHECK (reserved_minor >= 0),
    refunded_minor       bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    charged_back_minor   bigint NOT NULL DEFAULT 0 CHECK (charged_back_minor >= 0),
    frozen_at            timestamptz,
    created_at           timestamptz NOT NULL DEFAULT now(),
    completed_at         timestamptz,
    CONSTRAINT payment_gives_back_no_more CHECK (reserved_minor + refunded_minor + charged_back_minor <= captured_minor),
    CONSTRAINT payment_known_at_gateway_key UNIQUE (gateway, gateway_payment_id)
);
COMMENT ON COLUMN marketplace.payment.reserved_minor IS 'Sum of its refunds that wait or are on their way, by trigger; refunded_minor that of those the gateway confirmed.';
COMMENT ON COLUMN marketplace.payment.frozen_at IS 'Since when a chargeback is open: no door refunds it meanwhile.';
CREATE INDEX payment_booking_idx ON marketplace.payment (booking_id);
CREATE INDEX payment_customer_idx ON marketplace.payment (customer_id, created_at, id);
SELECT kernel.watch('marketplace.payment');
SELECT kernel.status('marketplace.payment', 'pending>success', 'pending>failed', 'failed>success',
                     'success>partially_refunded', 'success>refunded', 'partially_refunded>refunded');

CREATE FUNCTION marketplace.follow_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE marketplace.booking b
       SET payment_status = p.became, payment_method = coalesce(p.method, b.payment_method), updated_at = clock_timestamp()
      FROM (SELECT CASE WHEN sum(captured_minor) = 0 AND bool_or(status = 'pending') THEN 'pending'
                        WHEN sum(captured_minor) = 0 THEN 'failed'
                        WHEN sum(refunded_minor + charged_back_minor) >= sum(captured_minor) THEN 'refunded'
                        WHEN sum(refunded_minor + charged_back_minor) > 0 THEN 'partially_refunded'
                        ELSE 'paid' END AS became,
                   (array_agg(method ORDER BY captured_minor > 0 DESC, created_at DESC))[1] AS method
              FROM marketplace.payment WHERE booking_id = NEW.booking_id) p
     WHERE b.id = NEW.booking_id AND (b.payment_status, b.payment_method) IS DISTINCT FROM (p.became, p.method);
    RETURN NULL;
END $$;
CREATE TRIGGER follow_payment AFTER INSERT OR UPDATE OF status, captured_minor, refunded_minor, charged_back_minor
    ON marketplace.payment FOR EACH ROW EXECUTE FUNCTION marketplace.follow_payment();

CREATE TABLE marketplace.dispute (
    id                      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    external_id             text CONSTRAINT dispute_external_id_key UNIQUE,
    reference               text NOT NULL CONSTRAINT dispute_reference_key UNIQUE,
    customer_id             bigint NOT NULL REFERENCES marketplace.customer,
    vendor_id               bigint REFERENCES marketplace.vendor,
    booking_id              text REFERENCES marketplace.booking,
    payment_id              text REFERENCES marketplace.payment,
    source                  text NOT NULL CHECK (source IN ('customer', 'staff', 'gateway')),
    type                    text NOT NULL CHECK (type IN ('booking_issue', 'payment_issue', 'service_quality',
                                                          'vendor_behavior', 'refund_request', 'other')),
    category                text CHECK (category ~ '^[a-z][a-z0-9_]*$'),
    status                  text NOT NULL DEFAULT 'open',
    priority                text NOT NULL DEFAULT 'medium' CHECK (priority IN ('low', 'medium', 'high', 'urgent')),
    subject                 text NOT NULL,
    description             text NOT NULL,
    amount_disputed_minor   bigint NOT NULL DEFAULT 0 CHECK (amount_disputed_minor >= 0),
    refund_requested        boolean NOT NULL DEFAULT false,
    refund_amount_minor     bigint CHECK (refund_amount_minor >= 0),
    assigned_to             bigint REFERENCES kernel.staff,
    resolution_deadline     timestamptz NOT NULL,
    reminded_at             timestamptz,
    escalated_at            timestamptz,
    vendor_response         text,
    vendor_responded_at     timestamptz,
    admin_notes             text,
    resolution              text,
    resolution_type         text CHECK (resolution_type IN ('full_refund', 'partial_refund', 'no_refund', 'service_redo')),
    resolved_at             timestamptz,
    resolved_by             bigint REFERENCES kernel.staff,
    created_at              timestamptz NOT NULL DEFAULT now(),
    updated_at              timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT dispute_resolved_somehow CHECK (status NOT IN ('resolved', 'closed') OR resolution_type IS NOT NULL)
);
CREATE INDEX dispute_customer_idx ON marketplace.dispute (customer_id, created_at, id);
CREATE INDEX dispute_booking_idx ON marketplace.dispute (booking_id);
CREATE INDEX dispute_age_idx ON marketplace.dispute (created_at, id);
CREATE INDEX dispute_deadline_idx ON marketplace.dispute (resolution_deadline, id) WHERE status IN ('open', 'in_progress');
SELECT kernel.watch('marketplace.dispute');
SELECT kernel.status('marketplace.dispute', 'open>in_progress', 'open>rejected', 'in_progress>resolved',
                     'in_progress>rejected', 'resolved>closed', 'resolved>in_progress', 'rejected>in_progress');
SELECT kernel.tally('marketplace.dispute', 'disputes', '{status,priority,type}');

CREATE TABLE marketplace.dispute_event (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dispute_id   bigint NOT NULL REFERENCES marketplace.dispute,
    event        text NOT NULL,
    actor_kind   text NOT NULL CHECK (actor_kind IN ('customer', 'vendor', 'staff', 'system')),
    staff_id     bigint REFERENCES kernel.staff,
    details      jsonb NOT NULL DEFAULT '{}',
    at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN marketplace.dispute_event.details IS 'Codes, ids and amounts alone: nothing that somebody wrote.';
CREATE INDEX dispute_event_dispute_idx ON marketplace.dispute_event (dispute_id, id);
SELECT kernel.watch('marketplace.dispute_event');

CREATE TABLE marketplace.refund (
    id                  uuid PRIMARY KEY,
    number              text NOT NULL CONSTRAINT refund_number_key UNIQUE,
    payment_id          text NOT NULL REFERENCES marketplace.payment,
    booking_id          text NOT NULL REFERENCES marketplace.booking,
    customer_id         bigint NOT NULL REFERENCES marketplace.customer,
    vendor_id           bigint NOT NULL REFERENCES marketplace.vendor,
    dispute_id          bigint REFERENCES marketplace.dispute,
    origin              text NOT NULL CHECK (origin IN ('request', 'dispute', 'payment', 'booking')),
    status              text NOT NULL DEFAULT 'pending',
    requested_minor     bigint NOT NULL CHECK (requested_minor > 0),
    amount_minor        bigint NOT NULL CHECK (amount_minor > 0),
    currency            text NOT NULL DEFAULT 'INR' CHECK (currency = 'INR'),
    reason              text NOT NULL,
    description         text,
    priority            text NOT NULL DEFAULT 'medium' CHECK (priority IN ('low', 'medium', 'high', 'urgent')),
    requested_by        text NOT NULL CHECK (requested_by IN ('user', 'vendor', 'admin')),
    requested_by_id     bigint REFERENCES kernel.staff,
    requested_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    admin_notes         text,
    decided_by          bigint REFERENCES kernel.staff,
    decided_at          timestamptz,
    decision_reason     text,
    offered_instead     text,
    sends               bigint NOT NULL DEFAULT 0,
    first_sent_at       timestamptz,
    last_sent_at        timestamptz,
    gateway_refund_id   text,
    failure_code        text,
    failure_reason      text,
    processed_at        timestamptz,
    CONSTRAINT refund_decided CHECK ((status IN ('approved', 'processed', 'rejected', 'failed')) = (decided_at IS NOT NULL)),
    CONSTRAINT refund_processed_names_gateway CHECK (status <> 'processed' OR gateway_refund_id IS NOT NULL)
);
COMMENT ON COLUMN marketplace.refund.id IS 'Also the key under which the gateway is asked: sent twice, it gives the money back once.';
COMMENT ON COLUMN marketplace.refund.amount_minor IS 'What is to be given back: as requested, then as approved.';
CREATE INDEX refund_payment_idx ON marketplace.refund (payment_id);
CREATE INDEX refund_dispute_idx ON marketplace.refund (dispute_id) WHERE dispute_id IS NOT NULL;
CREATE INDEX refund_customer_idx ON marketplace.refund (customer_id, requested_at, id);
CREATE INDEX refund_age_idx ON marketplace.refund (requested_at, id);
CREATE INDEX refund_on_its_way_idx ON marketplace.refund (decided_at) WHERE status = 'approved';
SELECT kernel.watch('marketplace.refund');
SELECT kernel.status('marketplace.refund', 'pending>approved', 'pending>rejected', 'approved>processed',
                     'approved>failed', 'failed>approved', 'failed>processed');
SELECT kernel.tally('marketplace.refund', 'refunds', '{status}', '{amount_minor}');

CREATE FUNCTION marketplace.follow_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE marketplace.payment p
       SET reserved_minor = r.reserved, refunded_minor = r.refunded,
           status = CASE WHEN r.refunded = 0 THEN p.status
                         WHEN r.refunded + p.charged_back_minor >= p.captured_minor THEN 'refunded'
                         ELSE 'partially_refunded' END
      FROM (SELECT coalesce(sum(amount_minor) FILTER (WHERE status IN ('pending', 'approved')), 0) AS reserved,
                   coalesce(sum(amount_minor) FILTER (WHERE status = 'processed'), 0) AS refunded
              FROM marketplace.refund WHERE payment_id = NEW.payment_id) r
     WHERE p.id = NEW.payment_id;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION marketplace.follow_refund IS 'A payment knows what its refunds take, whoever writes them: together no more than was captured.';
CREATE TRIGGER follow_refund AFTER INSERT OR UPDATE OF status, amount_minor ON marketplace.refund
    FOR EACH ROW EXECUTE FUNCTION marketplace.follow_refund();

CREATE TABLE marketplace.review (
    id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    external_id           text CONSTRAINT review_external_id_key UNIQUE,
    booking_id            text NOT NULL CONSTRAINT review_booking_key UNIQUE REFERENCES marketplace.booking,
    customer_id           bigint NOT NULL REFERENCES marketplace.customer,
    vendor_id             bigint NOT NULL REFERENCES marketplace.vendor,
    service_id            text NOT NULL REFERENCES marketplace.service,
    status                text NOT NULL DEFAULT 'visible',
    rating                bigint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    title                 text,
    comment               text,
    photos                text[] NOT NULL DEFAULT '{}',
    helpful_count         bigint NOT NULL DEFAULT 0 CHECK (helpful_count >= 0),
    vendor_response       text,
    vendor_responded_at   timestamptz,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX review_customer_idx ON marketplace.review (customer_id, created_at, id);
CREATE INDEX review_vendor_idx ON marketplace.review (vendor_id, created_at, id);
SELECT kernel.watch('marketplace.review');
SELECT kernel.status('marketplace.review', 'visible>hidden', 'visible>removed', 'hidden>visible', 'hidden>removed', 'removed>visible');

CREATE TABLE marketplace.wallet_entry (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id   bigint NOT NULL REFERENCES marketplace.customer,
    ledger        text NOT NULL CHECK (ledger IN ('wallet', 'loyalty')),
    amount        bigint NOT NULL CHECK (amount <> 0),
    cause         text NOT NULL CHECK (cause IN ('referral', 'goodwill', 'refund', 'spend', 'expiry', 'correction', 'opening')),
    about         text NOT NULL,
    staff_id      bigint REFERENCES kernel.staff,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT wallet_entry_once_key UNIQUE (customer_id, ledger, cause, about)
);
COMMENT ON TABLE marketplace.wallet_entry IS 'What moved a wallet (minor units) or loyalty points, and because of what. Balances are their sums, by trigger.';
SELECT kernel.watch('marketplace.wallet_entry');

CREATE FUNCTION marketplace.follow_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE marketplace.customer
       SET wallet_minor = wallet_minor + CASE NEW.ledger WHEN 'wallet' THEN NEW.amount ELSE 0 END,
           loyalty_points = loyalty_points + CASE NEW.ledger WHEN 'loyalty' THEN NEW.amount ELSE 0 END
     WHERE id = NEW.customer_id;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_wallet AFTER INSERT ON marketplace.wallet_entry
    FOR EACH ROW EXECUTE FUNCTION marketplace.follow_wallet();

-- Trust: five terms of 30, 25, 20, 15 and 10; one that has nothing to go by counts three quarters.
CREATE FUNCTION marketplace.trust_terms(one marketplace.customer, at timestamptz) RETURNS numeric[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY[
        30 * coalesce(one.bookings_completed / nullif(one.bookings_completed + one.bookings_cancelled, 0)::numeric, 0.75),
        25 * coalesce(one.payments_succeeded / nullif(one.payments_succeeded + one.payments_failed, 0)::numeric, 0.75),
        20 * coalesce(1 - least(one.disputes / nullif(one.bookings, 0)::numeric, 1), 0.75),
        15 * coalesce(one.ratings / nullif(one.reviews, 0)::numeric / 5, 0.75),
        10 * greatest(0, least(floor(extract(epoch FROM at - one.registered_at) / 86400) / 365, 1))]
$$;
CREATE FUNCTION marketplace.trust_of(one marketplace.customer, at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT floor(sum(term) + 0.5)::bigint FROM unnest(marketplace.trust_terms(one, at)) term
$$;

CREATE FUNCTION marketplace.recount(customers bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
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
                      count(*) FILTER (WHERE status = 'cancelled') AS bookings_cancelled
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
COMMENT ON FUNCTION marketplace.recount IS 'Sums of these customers, counted from what they sum, and their trust. Returns how many had drifted.';
