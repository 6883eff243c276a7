-- Which products move money, which devices a person has signed in from, and how long ended sessions are kept.

CREATE TABLE kernel.product (
    name          text PRIMARY KEY,
    moves_money   boolean NOT NULL
);
COMMENT ON TABLE kernel.product IS 'What each product declares about itself; a test compares. One that is not here counts as moving money.';
INSERT INTO kernel.product (name, moves_money) VALUES ('helpdesk', false), ('shield', true);

CREATE TABLE kernel.known_device (
    staff_id   bigint NOT NULL REFERENCES kernel.staff,
    device     bytea NOT NULL,
    seen_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (staff_id, device)
);
CREATE INDEX known_device_age_idx ON kernel.known_device (seen_at);
COMMENT ON TABLE kernel.known_device IS 'Keyed hashes of network and browser from which a person has signed in: their own way in while strangers guess.';

CREATE INDEX session_age_idx ON kernel.session (expires_at);
CREATE INDEX refresh_token_age_idx ON kernel.refresh_token (expires_at);
