-- What shows that every process has the same secrets: a keyed hash of each, from which nobody finds the secret.

CREATE TABLE kernel.secret_check (
    name    text PRIMARY KEY CHECK (name = 'TOKEN_SECRET' OR name LIKE 'key:%'),
    digest  bytea NOT NULL CHECK (octet_length(digest) = 32),
    since   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE kernel.secret_check IS 'A key stands here as long as something may be sealed under it; key rotation takes it out.';
