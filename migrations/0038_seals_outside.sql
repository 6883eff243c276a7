-- Seals that still have to be written outside the database. A worker whose data folder can't be written catches up.

CREATE TABLE kernel.audit_unwritten (
    number   bigint PRIMARY KEY
);
COMMENT ON TABLE kernel.audit_unwritten IS 'Seals whose line in a file outside the database is not on disk yet. Nobody believes it: verifying looks at the files.';
INSERT INTO kernel.audit_unwritten (number) SELECT number FROM kernel.audit_seal;
