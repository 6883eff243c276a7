-- Reading the audit log at any size, and the sums that shield's dashboard reads.

-- Audit log: one index per filter, totals kept with every entry, the way from an entry to its seal ----------------

CREATE INDEX audit_entry_staff_idx ON kernel.audit_entry (product, actor_id, at DESC, id DESC) WHERE actor_kind = 'staff';
CREATE INDEX audit_entry_person_idx ON kernel.audit_entry (product, data_subject, at DESC, id DESC)
    WHERE data_subject IS NOT NULL;
CREATE INDEX audit_entry_action_idx ON kernel.audit_entry (product, replace(action, '.', '_'), at DESC, id DESC);
CREATE INDEX audit_seal_entry_idx ON kernel.audit_seal USING gin (entry_ids) WITH (fastupdate = off);

CREATE TABLE kernel.audit_tally (
    product    text NOT NULL,
    staff_id   bigint,
    action     text NOT NULL,
    entries    bigint NOT NULL
);
CREATE INDEX audit_tally_idx ON kernel.audit_tally (product, action, staff_id) INCLUDE (entries);
COMMENT ON TABLE kernel.audit_tally IS 'Totals of audit entries: every entry appends one, a job folds the rows. No staff_id: a platform or the system.';

CREATE FUNCTION kernel.tally_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel.audit_tally
         VALUES (NEW.product, CASE WHEN NEW.actor_kind = 'staff' THEN NEW.actor_id END, NEW.action, 1);
    RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON kernel.audit_entry FOR EACH ROW EXECUTE FUNCTION kernel.tally_entry();
INSERT INTO kernel.audit_tally (product, staff_id, action, entries)
     SELECT product, CASE WHEN actor_kind = 'staff' THEN actor_id END, action, count(*)
       FROM kernel.audit_entry
      GROUP BY 1, 2, 3;

-- Dashboard -----------------------------------------------------------------------------------------------------

-- What the tallies of members, subscriptions, claims and payouts do not hold.
CREATE TABLE shield.dashboard_sum (
    figure   text NOT NULL CHECK (figure IN ('member.new', 'claim.decided')),
    day      date NOT NULL,
    times    bigint NOT NULL,
    amount   bigint NOT NULL
);
CREATE INDEX dashboard_sum_idx ON shield.dashboard_sum (day, figure) INCLUDE (times, amount);
COMMENT ON TABLE shield.dashboard_sum IS 'Counts and sums: every change appends its difference, a job folds the rows.';
COMMENT ON COLUMN shield.dashboard_sum.day IS 'The day in UTC; infinity: of all time.';
COMMENT ON COLUMN shield.dashboard_sum.amount IS 'claim.decided: milliseconds from submission to decision.';

CREATE FUNCTION shield.sum_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO shield.dashboard_sum VALUES ('member.new', (OLD.signup_date AT TIME ZONE 'UTC')::date, -1, 0);
    END IF;
    INSERT INTO shield.dashboard_sum VALUES ('member.new', (NEW.signup_date AT TIME ZONE 'UTC')::date, 1, 0);
    RETURN NULL;
END $$;
CREATE TRIGGER sum_insert AFTER INSERT ON shield.member FOR EACH ROW EXECUTE FUNCTION shield.sum_member();
CREATE TRIGGER sum_update AFTER UPDATE OF signup_date ON shield.member FOR EACH ROW
    WHEN (OLD.signup_date <> NEW.signup_date) EXECUTE FUNCTION shield.sum_member();

CREATE FUNCTION shield.sum_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.decided_at IS NOT NULL THEN
        INSERT INTO shield.dashboard_sum
             VALUES ('claim.decided', 'infinity', -1, -extract(epoch FROM OLD.decided_at - OLD.submitted_at) * 1000);
    END IF;
    IF NEW.decided_at IS NOT NULL THEN
        INSERT INTO shield.dashboard_sum
             VALUES ('claim.decided', 'infinity', 1, extract(epoch FROM NEW.decided_at - NEW.submitted_at) * 1000);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sum_insert AFTER INSERT ON shield.claim FOR EACH ROW
    WHEN (NEW.decided_at IS NOT NULL) EXECUTE FUNCTION shield.sum_claim();
CREATE TRIGGER sum_update AFTER UPDATE OF decided_at, submitted_at ON shield.claim FOR EACH ROW
    WHEN (OLD.decided_at IS DISTINCT FROM NEW.decided_at OR OLD.submitted_at <> NEW.submitted_at)
    EXECUTE FUNCTION shield.sum_claim();
