-- Referrals: who brought whom, what was promised for it, what the brought one did, and what became of the reward.
-- Lock order: both customers by id, then the referral, then the code, which counts. What happens to a customer marks
-- their referral as due; a job judges it, so nothing that happens to one customer waits for another.

CREATE TABLE marketplace.referral_code (
    code           text PRIMARY KEY CHECK (code ~ '^([A-Z0-9]{4,40}|erased-[0-9]+)$'),
    customer_id    bigint NOT NULL CONSTRAINT referral_code_customer_key UNIQUE REFERENCES marketplace.customer,
    referrals      bigint NOT NULL DEFAULT 0,
    earned_minor   bigint NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE marketplace.referral_code IS 'What a customer gives to friends: one for each who asked for it.';
COMMENT ON COLUMN marketplace.referral_code.referrals IS 'How many came by it, and what its owner got for them less what was taken back: by trigger.';
SELECT kernel.watch('marketplace.referral_code');

CREATE TABLE marketplace.referral (
    id                    uuid PRIMARY KEY,
    code                  text NOT NULL REFERENCES marketplace.referral_code ON UPDATE CASCADE,
    referrer_id           bigint NOT NULL REFERENCES marketplace.customer,
    referred_id           bigint NOT NULL CONSTRAINT referral_referred_key UNIQUE REFERENCES marketplace.customer,
    status                text NOT NULL DEFAULT 'pending',
    reward_minor          bigint NOT NULL CHECK (reward_minor > 0),
    minimum_spend_minor   bigint NOT NULL CHECK (minimum_spend_minor >= 0),
    currency              text NOT NULL DEFAULT 'INR' CHECK (currency = 'INR'),
    flags                 text[] NOT NULL DEFAULT '{}'
                          CHECK (flags <@ '{self_referral,same_device,same_address,account_not_active}'::text[]),
    decision              text CHECK (decision IN ('released', 'rejected')),
    decided_by            bigint REFERENCES kernel.staff,
    decided_at            timestamptz,
    decision_reason       text,
    email_verified_at     timestamptz,
    first_booking_at      timestamptz,
    spent_minor           bigint NOT NULL DEFAULT 0,
    counted               text[] NOT NULL DEFAULT '{}',
    is_due                boolean NOT NULL DEFAULT true,
    paid_minor            bigint NOT NULL DEFAULT 0,
    taken_minor           bigint NOT NULL DEFAULT 0,
    created_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at            timestamptz NOT NULL,
    completed_at          timestamptz,
    credited_at           timestamptz,
    ended_at              timestamptz,
    ended_because         text CHECK (ended_because IN ('conditions_not_met', 'rejected', 'booking_refunded', 'referrer_gone')),
    is_held               boolean NOT NULL GENERATED ALWAYS AS
                          (flags <> '{}' AND decision IS NULL AND status IN ('pending', 'completed')) STORED,
    CONSTRAINT referral_of_somebody_else CHECK (referrer_id <> referred_id),
    CONSTRAINT referral_decided CHECK ((decision IS NULL) = (decided_at IS NULL)),
    CONSTRAINT referral_ended CHECK ((status = 'expired') = (ended_because IS NOT NULL)),
    CONSTRAINT referral_paid_once CHECK (paid_minor IN (0, reward_minor) AND (paid_minor > 0) = (credited_at IS NOT NULL)),
    CONSTRAINT referral_paid_is_in_wallet CHECK (status <> 'paid' OR paid_minor > 0 AND taken_minor = 0),
    CONSTRAINT referral_takes_back_no_more CHECK (taken_minor BETWEEN 0 AND paid_minor)
);
COMMENT ON COLUMN marketplace.referral.reward_minor IS 'This, the minimum spend and the days are what was promised when it was recorded.';
COMMENT ON COLUMN marketplace.referral.flags IS 'What should make staff look: with any of them no reward is paid until somebody decides.';
COMMENT ON COLUMN marketplace.referral.counted IS 'The bookings with which the conditions were met: one of them given back in full takes the reward back.';
COMMENT ON COLUMN marketplace.referral.is_due IS 'Something happened to one of the two since it was judged.';
COMMENT ON COLUMN marketplace.referral.taken_minor IS 'What of a reward was taken back; what is paid and not taken of an ended one is owed, and set off against the next.';
CREATE INDEX referral_referrer_idx ON marketplace.referral (referrer_id, created_at, id);
CREATE INDEX referral_age_idx ON marketplace.referral (created_at, id);
CREATE INDEX referral_status_idx ON marketplace.referral (status, created_at, id);
CREATE INDEX referral_held_idx ON marketplace.referral (created_at, id) WHERE is_held;
CREATE INDEX referral_due_idx ON marketplace.referral (id) WHERE is_due;
CREATE INDEX referral_expiry_idx ON marketplace.referral (expires_at) WHERE status = 'pending';
CREATE INDEX referral_owed_idx ON marketplace.referral (referrer_id) WHERE status = 'expired' AND paid_minor > taken_minor;
SELECT kernel.watch('marketplace.referral');
SELECT kernel.status('marketplace.referral', 'pending>completed', 'completed>paid', 'pending>expired', 'completed>expired',
                     'paid>expired');
SELECT kernel.tally('marketplace.referral', 'referrals', '{status}', '{reward_minor}');

CREATE FUNCTION marketplace.follow_referral() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE marketplace.referral_code
       SET referrals = referrals + (TG_OP = 'INSERT')::int,
           earned_minor = earned_minor + NEW.paid_minor - NEW.taken_minor
                        - CASE TG_OP WHEN 'UPDATE' THEN OLD.paid_minor - OLD.taken_minor ELSE 0 END
     WHERE code = NEW.code;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_referral AFTER INSERT OR UPDATE OF paid_minor, taken_minor ON marketplace.referral
    FOR EACH ROW EXECUTE FUNCTION marketplace.follow_referral();

-- Conditions hang on sums that every write about a customer keeps, batches included: so none is missed.
CREATE FUNCTION marketplace.referral_is_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE marketplace.referral SET is_due = true
     WHERE (referred_id = NEW.id OR referrer_id = NEW.id AND NEW.status <> OLD.status) AND status <> 'expired' AND NOT is_due;
    RETURN NULL;
END $$;
CREATE TRIGGER referral_is_due AFTER UPDATE OF status, email_verified_at, bookings_completed, paid_minor, refunded_minor
    ON marketplace.customer FOR EACH ROW
    WHEN ((OLD.status, OLD.email_verified_at, OLD.bookings_completed, OLD.paid_minor, OLD.refunded_minor)
          IS DISTINCT FROM (NEW.status, NEW.email_verified_at, NEW.bookings_completed, NEW.paid_minor, NEW.refunded_minor))
    EXECUTE FUNCTION marketplace.referral_is_due();

CREATE FUNCTION marketplace.mailbox(address text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(split_part(kernel.fold(address), '@', 1), '[+].*$|[.]', '', 'g') || '@'
           || split_part(kernel.fold(address), '@', 2)
$$;
COMMENT ON FUNCTION marketplace.mailbox IS 'Where a letter ends up: asha.rao+2@example.com is asharao@example.com.';

CREATE FUNCTION marketplace.referral_flags(referrer bigint, referred bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN marketplace.mailbox(one.email) = marketplace.mailbox(other.email) THEN 'self_referral' END,
        CASE WHEN EXISTS (
             SELECT FROM marketplace.activity a
               JOIN marketplace.activity b ON b.ip_address = a.ip_address AND b.user_agent = a.user_agent
              WHERE a.customer_id = referrer AND b.customer_id = referred AND a.is_success AND b.is_success)
             THEN 'same_device' END,
        CASE WHEN EXISTS (
             SELECT FROM marketplace.activity a
               JOIN marketplace.activity b ON b.ip_address = a.ip_address AND abs(extract(epoch FROM b.at - a.at)) < 86400
              WHERE a.customer_id = referrer AND b.customer_id = referred AND a.is_success AND b.is_success)
            OR EXISTS (
             SELECT FROM marketplace.booking a
               JOIN marketplace.booking b ON b.pincode = a.pincode AND kernel.fold(b.street) = kernel.fold(a.street)
                                         AND kernel.fold(coalesce(b.apartment, '')) = kernel.fold(coalesce(a.apartment, ''))
              WHERE a.customer_id = referrer AND b.customer_id = referred)
             THEN 'same_address' END,
        CASE WHEN one.status <> 'active' OR other.status <> 'active' THEN 'account_not_active' END], NULL)
      FROM marketplace.customer one, marketplace.customer other
     WHERE one.id = referrer AND other.id = referred
$$;
COMMENT ON FUNCTION marketplace.referral_flags IS
    'Signs that both are one person: one mailbox, one browser at one address, one address within a day, one place of bookings.';
