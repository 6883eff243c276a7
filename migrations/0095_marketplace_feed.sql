-- Lines that are being brought in: copied here, inserted from here, gone before the write that brought them commits.

CREATE UNLOGGED TABLE marketplace.staged (
    batch         uuid NOT NULL,
    kind          text NOT NULL,
    line          bigint NOT NULL CHECK (line > 0),
    external_id   text NOT NULL,
    facts         jsonb NOT NULL,
    PRIMARY KEY (batch, kind, line)
);
COMMENT ON TABLE marketplace.staged IS 'What a batch or an import holds while it is written. Empty to whoever looks from outside.';
