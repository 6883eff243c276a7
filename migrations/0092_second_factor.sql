-- The second factor of a person: an authenticator app, codes for when it is lost, and the proof on a session.

CREATE TABLE kernel.totp (
    staff_id       bigint PRIMARY KEY REFERENCES kernel.staff,
    key_id         text NOT NULL,
    sealed         bytea NOT NULL,
    offered_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at   timestamptz,
    used_step      bigint NOT NULL DEFAULT 0,
    wrong_tries    bigint NOT NULL DEFAULT 0,
    wrong_at       timestamptz
);
COMMENT ON TABLE kernel.totp IS 'The secret that an authenticator app shares with us, sealed; it counts once a code has confirmed it.';
COMMENT ON COLUMN kernel.totp.used_step IS 'The newest 30 seconds whose code was taken: neither it nor an older one is taken again.';
SELECT kernel.watch('kernel.totp');

CREATE TABLE kernel.recovery_code (
    staff_id    bigint NOT NULL REFERENCES kernel.staff,
    code_hash   bytea NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (staff_id, code_hash)
);
SELECT kernel.watch('kernel.recovery_code');

ALTER TABLE kernel.session ADD COLUMN proved_at timestamptz;
COMMENT ON COLUMN kernel.session.proved_at IS 'When its person last gave a code of their second factor.';
