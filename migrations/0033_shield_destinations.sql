-- Where money goes is part of what was approved: accounts have versions, claims and payouts remember the one they were
-- decided for, and who confirms another is kept. Promises are counted per person.

-- Versions ------------------------------------------------------------------------------------------------------

CREATE SEQUENCE shield.bank_account_version;
ALTER TABLE shield.bank_account ADD COLUMN version bigint NOT NULL DEFAULT nextval('shield.bank_account_version');
COMMENT ON COLUMN shield.bank_account.version IS 'Another with every change, whoever makes it; no two accounts ever have the same.';

CREATE TABLE shield.bank_account_change (
    account_id   text NOT NULL REFERENCES shield.bank_account ON DELETE CASCADE,
    version      bigint PRIMARY KEY,
    changed_by   bigint REFERENCES kernel.staff,
    changed_at   timestamptz NOT NULL
);
COMMENT ON TABLE shield.bank_account_change IS 'Who made each version of an account; NULL is the member, by their platform.';
CREATE INDEX bank_account_change_account_idx ON shield.bank_account_change (account_id, changed_by);
SELECT kernel.watch('shield.bank_account_change');
INSERT INTO shield.bank_account_change SELECT id, version, changed_by, changed_at FROM shield.bank_account;

CREATE FUNCTION shield.next_account_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := nextval('shield.bank_account_version');
    RETURN NEW;
END $$;
CREATE TRIGGER next_version BEFORE UPDATE OF changed_at ON shield.bank_account
    FOR EACH ROW WHEN (OLD.changed_at IS DISTINCT FROM NEW.changed_at) EXECUTE FUNCTION shield.next_account_version();

CREATE FUNCTION shield.note_account_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shield.bank_account_change VALUES (NEW.id, NEW.version, NEW.changed_by, NEW.changed_at);
    RETURN NULL;
END $$;
CREATE TRIGGER note_first_version AFTER INSERT ON shield.bank_account
    FOR EACH ROW EXECUTE FUNCTION shield.note_account_version();
CREATE TRIGGER note_version AFTER UPDATE OF changed_at ON shield.bank_account
    FOR EACH ROW WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION shield.note_account_version();

CREATE TABLE shield.bank_account_confirmation (
    account_id     text NOT NULL REFERENCES shield.bank_account ON DELETE CASCADE,
    version        bigint NOT NULL REFERENCES shield.bank_account_change ON DELETE CASCADE,
    confirmed_by   bigint NOT NULL REFERENCES kernel.staff,
    confirmed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (version, confirmed_by)
);
COMMENT ON TABLE shield.bank_account_confirmation IS 'Who looked at a version of an account and says that money may go there.';
CREATE INDEX bank_account_confirmation_account_idx ON shield.bank_account_confirmation (account_id);
SELECT kernel.watch('shield.bank_account_confirmation');

-- What was decided for which version ----------------------------------------------------------------------------

ALTER TABLE shield.claim ADD COLUMN account_version bigint;
COMMENT ON COLUMN shield.claim.account_version IS 'The version of the account that the approver saw; NULL: the member had none.';
-- 0 is a version that is no more.
UPDATE shield.claim c SET account_version = CASE WHEN b.changed_at <= c.approved_at THEN b.version ELSE 0 END
  FROM shield.bank_account b
 WHERE b.member_id = c.member_id AND c.status IN ('approved', 'paid') AND b.added_at <= c.approved_at;

ALTER TABLE shield.payout
    ADD COLUMN account_version bigint,
    ADD COLUMN promised_by bigint REFERENCES kernel.staff,
    ADD COLUMN promised_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN shield.payout.account_version IS 'The version of the account that it was promised to, or that was confirmed since.';
COMMENT ON COLUMN shield.payout.promised_by IS 'Who created it or, after it failed, tried it again.';
UPDATE shield.payout p SET promised_by = p.created_by, promised_at = p.initiated_at;
UPDATE shield.payout p SET account_version = CASE WHEN b.changed_at <= p.initiated_at THEN b.version ELSE 0 END
  FROM shield.bank_account b
 WHERE b.member_id = p.member_id AND p.status IN ('pending', 'failed') AND p.method <> 'check';
CREATE INDEX payout_promised_idx ON shield.payout (member_id, promised_at) WHERE status NOT IN ('failed', 'cancelled');
