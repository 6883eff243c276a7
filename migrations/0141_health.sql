-- What the health door tells beyond one process: requests by minute, and what was measured on the way.

CREATE TABLE kernel.request_minute (
    minute   timestamptz NOT NULL,
    product  text NOT NULL,
    requests bigint NOT NULL CHECK (requests >= 0),
    failed   bigint NOT NULL CHECK (failed BETWEEN 0 AND requests),
    seconds  double precision NOT NULL CHECK (seconds >= 0),
    PRIMARY KEY (minute, product)
);
COMMENT ON TABLE kernel.request_minute IS 'Requests answered, of all processes. Each folds its own counts in every few seconds; two days are kept.';
COMMENT ON COLUMN kernel.request_minute.failed IS 'Answered with 500 or above.';
COMMENT ON COLUMN kernel.request_minute.seconds IS 'From request to answer, all of them together.';

CREATE TABLE kernel.measured (
    what        text PRIMARY KEY,
    amount      bigint NOT NULL,
    measured_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE kernel.measured IS 'What takes too long to be measured while somebody waits: a job does it now and then.';
