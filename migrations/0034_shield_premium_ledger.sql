-- Credit is what was paid and not used: each entry says where it came from, and the balance is their sum.

CREATE TABLE shield.premium_entry (
    id               text PRIMARY KEY CHECK (id ~ '^entry_[0-9a-f]{32}$'),
    member_id        text NOT NULL REFERENCES shield.member,
    number           bigint NOT NULL CHECK (number > 0),
    cause            text NOT NULL CHECK (cause IN ('opening', 'premium', 'months', 'unused', 'change', 'goodwill')),
    amount_minor     bigint NOT NULL,
    balance_minor    bigint NOT NULL CONSTRAINT premium_entry_balance_not_negative CHECK (balance_minor >= 0),
    goodwill_minor   bigint NOT NULL DEFAULT 0 CHECK (goodwill_minor >= 0),
    about            text,
    made_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT premium_entry_number_key UNIQUE (member_id, number),
    CONSTRAINT premium_entry_goodwill_is_named CHECK ((cause = 'goodwill') = (goodwill_minor > 0))
);
COMMENT ON TABLE shield.premium_entry IS 'What was paid and what for; the newest balance is the member''s credit.';
COMMENT ON COLUMN shield.premium_entry.cause IS 'opening: what there was before the ledger; premium: paid in; months: cover bought; unused: cover that was paid and given up; change: what a change of plan was told to cost, negative: to give back; goodwill: cover nobody paid.';
COMMENT ON COLUMN shield.premium_entry.about IS 'The premium, the change or the plan it is about.';
SELECT kernel.watch('shield.premium_entry');

CREATE FUNCTION shield.sum_premium_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT number + 1, balance_minor + NEW.amount_minor INTO NEW.number, NEW.balance_minor
      FROM shield.premium_entry WHERE member_id = NEW.member_id ORDER BY number DESC LIMIT 1;
    NEW.number := coalesce(NEW.number, 1);
    NEW.balance_minor := coalesce(NEW.balance_minor, NEW.amount_minor);
    RETURN NEW;
END $$;
COMMENT ON FUNCTION shield.sum_premium_entry() IS 'The writer holds the member, so entries of one member follow each other.';
CREATE TRIGGER sum_entry BEFORE INSERT ON shield.premium_entry
    FOR EACH ROW EXECUTE FUNCTION shield.sum_premium_entry();

CREATE TABLE shield.paid_cover (
    id              text PRIMARY KEY CHECK (id ~ '^cover_[0-9a-f]{32}$'),
    member_id       text NOT NULL REFERENCES shield.member,
    starts_on       date NOT NULL,
    ends_on         date NOT NULL CONSTRAINT paid_cover_ends_after_it_starts CHECK (ends_on > starts_on),
    monthly_minor   bigint NOT NULL CHECK (monthly_minor >= 0)
);
COMMENT ON TABLE shield.paid_cover IS 'Stretches of cover with what was paid for a month of each, whatever plan gives the cover.';
CREATE INDEX paid_cover_member_idx ON shield.paid_cover (member_id, ends_on);
SELECT kernel.watch('shield.paid_cover');
