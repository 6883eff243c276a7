-- Shield: dates that can be read again, billing by what was paid, subscribers from the day they begin, and approved
-- amounts that never sink below what is being paid.

-- Dates ---------------------------------------------------------------------------------------------------------

-- A time that no client can read again spoils every list it stands in.
CREATE FUNCTION kernel.is_in_reach(at timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN at >= '1900-01-01 00:00:00+00'::timestamptz AND at < '2200-01-01 00:00:00+00'::timestamptz;

ALTER TABLE shield.member
    ADD CONSTRAINT member_signup_date_in_reach CHECK (kernel.is_in_reach(signup_date)),
    ADD CONSTRAINT member_last_activity_in_reach CHECK (kernel.is_in_reach(last_activity)),
    ADD CONSTRAINT member_date_of_birth_in_reach CHECK (date_of_birth >= '1900-01-01' AND date_of_birth < '2200-01-01');
ALTER TABLE shield.deactivation
    ADD CONSTRAINT deactivation_effective_at_in_reach CHECK (kernel.is_in_reach(effective_at));
ALTER TABLE shield.plan_change
    ADD CONSTRAINT plan_change_effective_at_in_reach CHECK (kernel.is_in_reach(effective_at));
ALTER TABLE shield.subscription
    ADD CONSTRAINT subscription_enrolled_at_in_reach CHECK (kernel.is_in_reach(enrolled_at)),
    ADD CONSTRAINT subscription_next_billing_date_in_reach CHECK (kernel.is_in_reach(next_billing_date));
ALTER TABLE shield.premium_payment
    ADD CONSTRAINT premium_payment_paid_at_in_reach CHECK (kernel.is_in_reach(paid_at));
ALTER TABLE shield.claim
    ADD CONSTRAINT claim_termination_date_in_reach CHECK (kernel.is_in_reach(termination_date));

-- Billing -------------------------------------------------------------------------------------------------------

ALTER TABLE shield.subscription
    ADD COLUMN credit_minor bigint NOT NULL DEFAULT 0
               CONSTRAINT subscription_credit_not_negative CHECK (credit_minor >= 0);
COMMENT ON COLUMN shield.subscription.next_billing_date IS 'The first day that is not paid.';
COMMENT ON COLUMN shield.subscription.credit_minor IS 'What was paid and is no whole month yet.';

-- Until now each premium paid one month, whatever its amount.
ALTER TABLE shield.premium_payment
    ADD COLUMN months_paid bigint NOT NULL DEFAULT 1 CHECK (months_paid >= 0),
    ADD COLUMN credit_minor bigint NOT NULL DEFAULT 0 CHECK (credit_minor >= 0);
COMMENT ON COLUMN shield.premium_payment.months_paid IS 'The months it paid, together with the credit there was.';
COMMENT ON COLUMN shield.premium_payment.credit_minor IS 'The credit it left.';

ALTER TABLE shield.plan_change ADD COLUMN prorates boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN shield.plan_change.credit_minor IS 'What the days paid already cost under the old plan, from the change on.';
COMMENT ON COLUMN shield.plan_change.charge_minor IS 'What the same days cost under the new plan.';

-- Subscribers ---------------------------------------------------------------------------------------------------

ALTER TABLE shield.subscription ADD COLUMN has_begun boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN shield.subscription.has_begun IS 'False until a job sees that its first day has come: only then it counts.';
CREATE INDEX subscription_waiting_idx ON shield.subscription (enrolled_at) WHERE ended_at IS NULL AND NOT has_begun;

CREATE OR REPLACE FUNCTION shield.tally_subscriber() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND OLD.has_begun THEN
        INSERT INTO shield.subscriber_tally VALUES (OLD.plan_id, -1);
    END IF;
    IF NEW.ended_at IS NULL AND NEW.has_begun THEN
        INSERT INTO shield.subscriber_tally VALUES (NEW.plan_id, 1);
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER tally_update ON shield.subscription;
CREATE TRIGGER tally_update AFTER UPDATE OF ended_at, plan_id, has_begun ON shield.subscription FOR EACH ROW
    WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at OR OLD.plan_id <> NEW.plan_id OR OLD.has_begun <> NEW.has_begun)
    EXECUTE FUNCTION shield.tally_subscriber();
DROP INDEX shield.subscription_start_idx;
UPDATE shield.subscription s SET has_begun = false
  FROM shield.member m
 WHERE m.id = s.member_id AND s.ended_at IS NULL AND (s.enrolled_at > now() OR m.status = 'pending');

-- Approved amounts ----------------------------------------------------------------------------------------------

-- The other side of payout_sum: both hold the claim before they sum, so neither overlooks the other.
CREATE FUNCTION shield.check_approved_amount() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    live bigint;
BEGIN
    SELECT coalesce(sum(amount_minor), 0) INTO live
      FROM shield.payout WHERE claim_id = NEW.id AND status NOT IN ('failed', 'cancelled');
    IF live > coalesce(NEW.amount_approved_minor, 0) THEN
        RAISE EXCEPTION 'what is approved of % would sink below its payouts', NEW.id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'claim_approved_covers_payouts';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER approved_amount AFTER UPDATE OF amount_approved_minor ON shield.claim
    FOR EACH ROW WHEN (coalesce(NEW.amount_approved_minor, 0) < OLD.amount_approved_minor)
    EXECUTE FUNCTION shield.check_approved_amount();
