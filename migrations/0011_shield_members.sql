-- Members: finding and counting them, what their claims come to, how they leave and return, plan changes, premiums.

-- Contact before the last change: a change of bank account is told there, too.
ALTER TABLE shield.member ADD COLUMN previous_email text,
                          ADD COLUMN email_changed_at timestamptz;

-- Finding members -----------------------------------------------------------------------------------------------

CREATE INDEX member_newest_idx ON shield.member (signup_date DESC, id DESC);
CREATE INDEX member_status_idx ON shield.member (status, signup_date DESC, id DESC);
CREATE INDEX member_name_idx ON shield.member (lower(last_name), lower(first_name), id);
CREATE INDEX member_activity_idx ON shield.member (last_activity DESC NULLS LAST, id DESC);
CREATE INDEX member_id_search_idx ON shield.member (id text_pattern_ops);
CREATE INDEX member_email_search_idx ON shield.member (lower(email) text_pattern_ops);
CREATE INDEX member_full_name_search_idx ON shield.member (lower(first_name || ' ' || last_name) text_pattern_ops);
CREATE INDEX member_last_name_search_idx ON shield.member (lower(last_name) text_pattern_ops);

CREATE TABLE shield.member_tally (
    status    text NOT NULL,
    members   bigint NOT NULL
);
COMMENT ON TABLE shield.member_tally IS 'Totals of members: every change appends its difference, a job folds the rows.';

CREATE FUNCTION shield.tally_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO shield.member_tally VALUES (OLD.status, -1);
    END IF;
    INSERT INTO shield.member_tally VALUES (NEW.status, 1);
    RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON shield.member FOR EACH ROW EXECUTE FUNCTION shield.tally_member();
CREATE TRIGGER tally_update AFTER UPDATE OF status ON shield.member FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION shield.tally_member();

-- What a member's claims come to --------------------------------------------------------------------------------

CREATE TABLE shield.member_claims (
    member_id        text PRIMARY KEY REFERENCES shield.member,
    total            bigint NOT NULL DEFAULT 0,
    pending          bigint NOT NULL DEFAULT 0,
    approved         bigint NOT NULL DEFAULT 0,
    denied           bigint NOT NULL DEFAULT 0,
    paid             bigint NOT NULL DEFAULT 0,
    paid_out_minor   bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE shield.member_claims IS 'Kept by the triggers of claim and payout, so that a list of members is one statement.';
COMMENT ON COLUMN shield.member_claims.pending IS 'Claims nobody has decided: pending and under review.';

CREATE FUNCTION shield.count_claim() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.status ELSE '' END;
BEGIN
    INSERT INTO shield.member_claims AS c (member_id, total, pending, approved, denied, paid)
         VALUES (NEW.member_id, (TG_OP = 'INSERT')::int,
                 (NEW.status IN ('pending', 'under_review'))::int - (before IN ('pending', 'under_review'))::int,
                 (NEW.status = 'approved')::int - (before = 'approved')::int,
                 (NEW.status = 'denied')::int - (before = 'denied')::int,
                 (NEW.status = 'paid')::int - (before = 'paid')::int)
    ON CONFLICT (member_id) DO UPDATE
            SET total = c.total + excluded.total,
                pending = c.pending + excluded.pending,
                approved = c.approved + excluded.approved,
                denied = c.denied + excluded.denied,
                paid = c.paid + excluded.paid;
    RETURN NULL;
END $$;
CREATE TRIGGER count_insert AFTER INSERT ON shield.claim FOR EACH ROW EXECUTE FUNCTION shield.count_claim();
CREATE TRIGGER count_update AFTER UPDATE OF status ON shield.claim FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION shield.count_claim();

CREATE FUNCTION shield.sum_paid_out() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before bigint := CASE WHEN TG_OP = 'UPDATE' AND OLD.status = 'completed' THEN OLD.amount_minor ELSE 0 END;
    after  bigint := CASE WHEN NEW.status = 'completed' THEN NEW.amount_minor ELSE 0 END;
BEGIN
    IF before <> after THEN
        INSERT INTO shield.member_claims AS c (member_id, paid_out_minor) VALUES (NEW.member_id, after - before)
        ON CONFLICT (member_id) DO UPDATE SET paid_out_minor = c.paid_out_minor + excluded.paid_out_minor;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sum_paid_out AFTER INSERT OR UPDATE OF status, amount_minor ON shield.payout
    FOR EACH ROW EXECUTE FUNCTION shield.sum_paid_out();

-- Leaving and returning -----------------------------------------------------------------------------------------

CREATE TABLE shield.deactivation (
    id                  text PRIMARY KEY CHECK (id ~ '^deact_[0-9a-f]{32}$'),
    member_id           text NOT NULL REFERENCES shield.member,
    reason              text NOT NULL CHECK (reason IN ('user_requested', 'non_payment', 'fraud', 'policy_violation',
                                                        'deceased', 'other')),
    reason_details      text,
    effective_at        timestamptz NOT NULL,
    notifies_member     boolean NOT NULL,
    notification_sent   boolean NOT NULL DEFAULT false,
    decided_by          bigint NOT NULL REFERENCES kernel.staff,
    decided_at          timestamptz NOT NULL DEFAULT now(),
    took_effect_at      timestamptz,
    ended_at            timestamptz
);
CREATE UNIQUE INDEX deactivation_open_key ON shield.deactivation (member_id) WHERE ended_at IS NULL;
CREATE INDEX deactivation_due_idx ON shield.deactivation (effective_at) WHERE took_effect_at IS NULL AND ended_at IS NULL;
COMMENT ON COLUMN shield.deactivation.took_effect_at IS 'NULL while it is scheduled.';
COMMENT ON COLUMN shield.deactivation.ended_at IS 'When the member was reactivated, or the schedule was withdrawn or replaced.';
SELECT kernel.watch('shield.deactivation');

-- Subscriptions, plan changes, premiums -------------------------------------------------------------------------

ALTER TABLE shield.subscription ADD COLUMN billing_anchor date;
COMMENT ON COLUMN shield.subscription.billing_anchor IS 'The day from which months are billed; NULL: the day of enrolment.';
CREATE INDEX subscription_start_idx ON shield.subscription (enrolled_at) WHERE ended_at IS NULL;
CREATE INDEX subscription_member_idx ON shield.subscription (member_id, enrolled_at DESC);

CREATE TABLE shield.subscriber_tally (
    plan_id       text NOT NULL,
    subscribers   bigint NOT NULL
);
COMMENT ON TABLE shield.subscriber_tally IS 'Current subscriptions by plan: every change appends its difference, a job folds the rows.';

CREATE FUNCTION shield.tally_subscriber() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL THEN
        INSERT INTO shield.subscriber_tally VALUES (OLD.plan_id, -1);
    END IF;
    IF NEW.ended_at IS NULL THEN
        INSERT INTO shield.subscriber_tally VALUES (NEW.plan_id, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON shield.subscription FOR EACH ROW EXECUTE FUNCTION shield.tally_subscriber();
CREATE TRIGGER tally_update AFTER UPDATE OF ended_at, plan_id ON shield.subscription FOR EACH ROW
    WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at OR OLD.plan_id <> NEW.plan_id)
    EXECUTE FUNCTION shield.tally_subscriber();

CREATE TABLE shield.plan_change (
    id               text PRIMARY KEY CHECK (id ~ '^change_[0-9a-f]{32}$'),
    member_id        text NOT NULL REFERENCES shield.member,
    from_plan_id     text NOT NULL REFERENCES shield.plan,
    to_plan_id       text NOT NULL REFERENCES shield.plan CHECK (to_plan_id <> from_plan_id),
    effective_at     timestamptz NOT NULL,
    currency         text NOT NULL DEFAULT 'USD',
    credit_minor     bigint NOT NULL CHECK (credit_minor >= 0),
    charge_minor     bigint NOT NULL CHECK (charge_minor >= 0),
    reason           text NOT NULL,
    decided_by       bigint NOT NULL REFERENCES kernel.staff,
    decided_at       timestamptz NOT NULL DEFAULT now(),
    took_effect_at   timestamptz,
    cancelled_at     timestamptz
);
CREATE UNIQUE INDEX plan_change_scheduled_key ON shield.plan_change (member_id)
    WHERE took_effect_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX plan_change_due_idx ON shield.plan_change (effective_at) WHERE took_effect_at IS NULL AND cancelled_at IS NULL;
COMMENT ON COLUMN shield.plan_change.credit_minor IS 'What the rest of the billing month had cost under the old plan.';
COMMENT ON COLUMN shield.plan_change.charge_minor IS 'What the rest of the billing month costs under the new plan.';
SELECT kernel.watch('shield.plan_change');

CREATE TABLE shield.premium_payment (
    id             text PRIMARY KEY CHECK (id ~ '^premium_[0-9a-f]{32}$'),
    external_id    text NOT NULL CONSTRAINT premium_payment_external_id_key UNIQUE,
    member_id      text NOT NULL REFERENCES shield.member,
    amount_minor   bigint NOT NULL CHECK (amount_minor > 0),
    currency       text NOT NULL DEFAULT 'USD',
    method         text NOT NULL,
    paid_at        timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX premium_payment_member_idx ON shield.premium_payment (member_id, paid_at DESC, id DESC);
SELECT kernel.watch('shield.premium_payment');
