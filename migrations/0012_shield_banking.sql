-- Bank accounts: verifying them by two small deposits that only their holder can see.

ALTER TABLE shield.bank_account
    ADD CONSTRAINT bank_account_verified_has_valid_routing CHECK (verified_at IS NULL OR routing_is_valid);

CREATE TABLE shield.micro_deposit (
    id               text PRIMARY KEY CHECK (id ~ '^micro_[0-9a-f]{32}$'),
    account_id       text NOT NULL REFERENCES shield.bank_account,
    key_id           text NOT NULL,
    amounts_sealed   bytea NOT NULL,
    tries_left       bigint NOT NULL DEFAULT 3 CHECK (tries_left BETWEEN 0 AND 3),
    sent_at          timestamptz NOT NULL DEFAULT now(),
    confirmed_at     timestamptz,
    ended_at         timestamptz,
    CONSTRAINT micro_deposit_confirmed_has_ended CHECK (confirmed_at IS NULL OR ended_at IS NOT NULL)
);
CREATE UNIQUE INDEX micro_deposit_open_key ON shield.micro_deposit (account_id) WHERE ended_at IS NULL;
CREATE INDEX micro_deposit_account_idx ON shield.micro_deposit (account_id, id DESC);
COMMENT ON TABLE shield.micro_deposit IS 'Pairs of small deposits that were sent to an account; whoever names both amounts owns it.';
COMMENT ON COLUMN shield.micro_deposit.ended_at IS 'Confirmed, replaced by a newer pair, or the account was changed.';
SELECT kernel.watch('shield.micro_deposit');
