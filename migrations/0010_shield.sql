-- Shield's ground: plans and members. Money is integer minor units with a currency; ids are prefix + UUIDv7 hex.

CREATE SCHEMA shield;

ALTER TABLE kernel.staff ADD COLUMN public_id uuid NOT NULL DEFAULT uuidv7();
CREATE UNIQUE INDEX staff_public_id_key ON kernel.staff (public_id);

ALTER TABLE kernel.session ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT now();

CREATE TABLE kernel.api_key (
    id              uuid PRIMARY KEY,
    product         text NOT NULL,
    name            text NOT NULL,
    secret_hash     bytea NOT NULL CONSTRAINT api_key_secret_hash_key UNIQUE,
    scopes          text[] NOT NULL,
    number          bigint GENERATED ALWAYS AS IDENTITY,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz,
    revoked_at      timestamptz,
    replaced_by     uuid REFERENCES kernel.api_key
);
COMMENT ON TABLE kernel.api_key IS 'Keys of platforms: only their hash is kept; rotating makes a new one and lets the old live a while.';
SELECT kernel.watch('kernel.api_key');

CREATE TABLE shield.plan (
    id                         text PRIMARY KEY CHECK (id ~ '^plan_[a-z0-9_]+$'),
    name                       text NOT NULL,
    monthly_cost_minor         bigint NOT NULL CHECK (monthly_cost_minor >= 0),
    coverage_amount_minor      bigint NOT NULL CHECK (coverage_amount_minor >= 0),
    currency                   text NOT NULL DEFAULT 'USD',
    coverage_duration_months   integer NOT NULL CHECK (coverage_duration_months > 0),
    waiting_period_days        integer NOT NULL CHECK (waiting_period_days >= 0),
    is_active                  boolean NOT NULL DEFAULT true
);
SELECT kernel.watch('shield.plan');
INSERT INTO shield.plan (id, name, monthly_cost_minor, coverage_amount_minor, coverage_duration_months, waiting_period_days)
     VALUES ('plan_basic', 'Basic Shield', 1499, 250000, 3, 30),
            ('plan_premium', 'Premium Shield', 2999, 500000, 6, 14);

CREATE TABLE shield.member (
    id                    text PRIMARY KEY CHECK (id ~ '^user_[0-9a-f]{32}$'),
    external_id           text CONSTRAINT member_external_id_key UNIQUE,
    email                 text NOT NULL,
    first_name            text NOT NULL,
    last_name             text NOT NULL,
    phone                 text,
    street                text,
    city                  text,
    state                 text,
    zip                   text,
    country               text,
    date_of_birth         date,
    ssn_key_id            text,
    ssn_sealed            bytea,
    ssn_last_four         text CHECK (ssn_last_four ~ '^[0-9]{4}$'),
    employment_status     text,
    employer_name         text,
    annual_income_minor   bigint CHECK (annual_income_minor >= 0),
    status                text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'active', 'deactivated')),
    signup_source         text,
    signup_date           timestamptz NOT NULL DEFAULT now(),
    last_activity         timestamptz,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX member_email_key ON shield.member (lower(email));
SELECT kernel.watch('shield.member');
CREATE TRIGGER touch BEFORE UPDATE ON shield.member FOR EACH ROW EXECUTE FUNCTION kernel.touch();
CREATE TRIGGER only_moves BEFORE UPDATE OF status ON shield.member
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('pending>active', 'pending>deactivated', 'active>deactivated', 'deactivated>active');

-- One subscription a member at a time; the rows before it stay.
CREATE TABLE shield.subscription (
    id                  text PRIMARY KEY,
    member_id           text NOT NULL REFERENCES shield.member,
    plan_id             text NOT NULL REFERENCES shield.plan,
    enrolled_at         timestamptz NOT NULL,
    ended_at            timestamptz,
    next_billing_date   timestamptz,
    payment_method      text
);
CREATE UNIQUE INDEX subscription_current_key ON shield.subscription (member_id) WHERE ended_at IS NULL;
CREATE INDEX subscription_plan_idx ON shield.subscription (plan_id) WHERE ended_at IS NULL;
SELECT kernel.watch('shield.subscription');

-- Bank accounts: numbers are sealed (AES-256-GCM, key ring), found by a keyed hash, shown by their last four.
CREATE TABLE shield.bank_account (
    id                     text PRIMARY KEY CHECK (id ~ '^bank_[0-9a-f]{32}$'),
    member_id              text NOT NULL REFERENCES shield.member CONSTRAINT bank_account_member_key UNIQUE,
    bank_name              text NOT NULL,
    account_holder_name    text NOT NULL,
    account_type           text NOT NULL CHECK (account_type IN ('checking', 'savings')),
    account_key_id         text NOT NULL,
    account_sealed         bytea NOT NULL,
    account_index          bytea NOT NULL,
    account_last_four      text NOT NULL,
    routing_key_id         text NOT NULL,
    routing_sealed         bytea NOT NULL,
    routing_last_four      text NOT NULL,
    routing_is_valid       boolean NOT NULL,
    verified_at            timestamptz,
    verification_method    text CHECK (verification_method IN ('micro_deposits', 'override')),
    changed_by             bigint REFERENCES kernel.staff,
    changed_at             timestamptz NOT NULL DEFAULT now(),
    hold_until             timestamptz,
    correction_pending     boolean NOT NULL DEFAULT false,
    added_at               timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX bank_account_index_idx ON shield.bank_account (account_index);
COMMENT ON COLUMN shield.bank_account.changed_by IS 'The staff member whose hand last changed the numbers; NULL for the member themself.';
COMMENT ON COLUMN shield.bank_account.hold_until IS 'No payout leaves to this account before then.';
SELECT kernel.watch('shield.bank_account');
CREATE TRIGGER touch BEFORE UPDATE ON shield.bank_account FOR EACH ROW EXECUTE FUNCTION kernel.touch();

CREATE TABLE shield.claim (
    id                       text PRIMARY KEY CHECK (id ~ '^claim_[0-9a-f]{32}$'),
    external_id              text CONSTRAINT claim_external_id_key UNIQUE,
    member_id                text NOT NULL REFERENCES shield.member,
    plan_id                  text NOT NULL REFERENCES shield.plan,
    type                     text NOT NULL,
    reason                   text NOT NULL,
    termination_date         timestamptz NOT NULL,
    submitted_at             timestamptz NOT NULL DEFAULT now(),
    status                   text NOT NULL DEFAULT 'pending'
                             CHECK (status IN ('pending', 'under_review', 'approved', 'denied', 'paid')),
    currency                 text NOT NULL DEFAULT 'USD',
    amount_requested_minor   bigint NOT NULL CHECK (amount_requested_minor > 0),
    amount_approved_minor    bigint CHECK (amount_approved_minor > 0),
    amount_paid_minor        bigint NOT NULL DEFAULT 0 CHECK (amount_paid_minor >= 0),
    approved_by              bigint REFERENCES kernel.staff,
    approved_at              timestamptz,
    decided_at               timestamptz,
    assigned_to              bigint REFERENCES kernel.staff,
    updated_at               timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT claim_approved_within_requested CHECK (amount_approved_minor <= amount_requested_minor),
    CONSTRAINT claim_paid_within_approved CHECK (amount_paid_minor <= coalesce(amount_approved_minor, 0)),
    CONSTRAINT claim_approved_has_amount CHECK (status NOT IN ('approved', 'paid') OR amount_approved_minor IS NOT NULL)
);
CREATE INDEX claim_newest_idx ON shield.claim (submitted_at DESC, id DESC);
CREATE INDEX claim_status_idx ON shield.claim (status, submitted_at DESC, id DESC);
CREATE INDEX claim_member_idx ON shield.claim (member_id, submitted_at DESC, id DESC);
SELECT kernel.watch('shield.claim');
CREATE TRIGGER touch BEFORE UPDATE ON shield.claim FOR EACH ROW EXECUTE FUNCTION kernel.touch();
CREATE TRIGGER only_moves BEFORE UPDATE OF status ON shield.claim
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('pending>under_review', 'pending>denied', 'under_review>approved',
                                       'under_review>denied', 'denied>under_review', 'approved>under_review',
                                       'approved>paid', 'paid>approved');

CREATE TABLE shield.payout (
    id                  text PRIMARY KEY CHECK (id ~ '^payout_[0-9a-f]{32}$'),
    claim_id            text NOT NULL REFERENCES shield.claim,
    member_id           text NOT NULL REFERENCES shield.member,
    bank_account_id     text REFERENCES shield.bank_account,
    amount_minor        bigint NOT NULL CHECK (amount_minor > 0),
    currency            text NOT NULL DEFAULT 'USD',
    method              text NOT NULL CHECK (method IN ('ach', 'wire', 'check')),
    status              text NOT NULL DEFAULT 'pending'
                        CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    notes               text,
    created_by          bigint REFERENCES kernel.staff,
    completed_by        bigint REFERENCES kernel.staff,
    initiated_at        timestamptz NOT NULL DEFAULT now(),
    completed_at        timestamptz,
    estimated_arrival   timestamptz,
    held_because        text,
    updated_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX payout_newest_idx ON shield.payout (initiated_at DESC, id DESC);
CREATE INDEX payout_status_idx ON shield.payout (status, initiated_at DESC, id DESC);
CREATE INDEX payout_member_idx ON shield.payout (member_id, initiated_at DESC, id DESC);
CREATE INDEX payout_claim_idx ON shield.payout (claim_id, initiated_at DESC, id DESC);
COMMENT ON COLUMN shield.payout.held_because IS 'Why a pending payout does not leave: set and cleared by whoever holds it.';
SELECT kernel.watch('shield.payout');
CREATE TRIGGER touch BEFORE UPDATE ON shield.payout FOR EACH ROW EXECUTE FUNCTION kernel.touch();
CREATE TRIGGER only_moves BEFORE UPDATE OF status ON shield.payout
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('pending>processing', 'pending>completed', 'pending>failed', 'pending>cancelled',
                                       'processing>completed', 'processing>failed', 'failed>pending', 'completed>failed');

-- The sum of payouts that are alive never exceeds what was approved, whatever runs at once.
CREATE FUNCTION shield.check_payout_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    approved bigint;
    live     bigint;
BEGIN
    SELECT amount_approved_minor INTO approved FROM shield.claim WHERE id = NEW.claim_id FOR UPDATE;
    SELECT coalesce(sum(amount_minor), 0) INTO live
      FROM shield.payout WHERE claim_id = NEW.claim_id AND status NOT IN ('failed', 'cancelled');
    IF live > coalesce(approved, 0) THEN
        RAISE EXCEPTION 'payouts of % would exceed what was approved', NEW.claim_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_sum_within_approved';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payout_sum AFTER INSERT OR UPDATE OF status, amount_minor ON shield.payout
    FOR EACH ROW EXECUTE FUNCTION shield.check_payout_sum();
