-- The oldest months of the audit log can be cut off. What the seals over them were made of stays, so that the chain is
-- proven from its beginning all the same; the entries themselves are in a file.

CREATE TABLE kernel.audit_cut (
    part       text PRIMARY KEY,
    until      timestamptz NOT NULL,
    entries    bigint NOT NULL,
    entry_id   uuid NOT NULL,
    sha256     bytea NOT NULL,
    cut_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE kernel.audit_cut IS 'The parts of the audit log that were cut off, each with the entry that says so and the digest of its file.';
SELECT kernel.append_only('kernel.audit_cut');

CREATE TABLE kernel.audit_cut_seal (
    number    bigint PRIMARY KEY,
    digests   bytea NOT NULL
);
COMMENT ON COLUMN kernel.audit_cut_seal.digests IS 'Of all entries of the seal, 32 bytes each, in its order.';
SELECT kernel.append_only('kernel.audit_cut_seal');

CREATE FUNCTION kernel.cut_audit_part(cut text, counted bigint, said uuid, file_sha256 bytea) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    known_until timestamptz := (SELECT until FROM kernel.audit_month WHERE name = cut AND until <= now());
    there bigint;
BEGIN
    PERFORM set_config('lock_timeout', '2s', true);
    IF known_until IS NULL OR known_until > (SELECT min(until) FROM kernel.audit_month) THEN
        RAISE EXCEPTION '% is not the oldest part of the audit log, or has not ended', cut;
    END IF;
    EXECUTE format('LOCK TABLE parts.%I IN SHARE MODE', cut);
    EXECUTE format('SELECT count(*) FROM parts.%I', cut) INTO there;
    IF there <> counted THEN
        RAISE EXCEPTION '% entries of % are in the file, % in the database', counted, cut, there;
    END IF;
    EXECUTE format($sql$
        INSERT INTO kernel.audit_cut_seal (number, digests)
             SELECT s.number, string_agg(e.digest, ''::bytea ORDER BY l.place)
               FROM (SELECT DISTINCT x.number
                       FROM kernel.audit_seal x, unnest(x.entry_ids) one(id) JOIN parts.%1$I p USING (id)
                      WHERE NOT EXISTS (SELECT FROM kernel.audit_cut_seal c WHERE c.number = x.number)) AS over
               JOIN kernel.audit_seal s USING (number)
              CROSS JOIN LATERAL unnest(s.entry_ids) WITH ORDINALITY AS l(id, place)
               JOIN kernel.audit_entry e ON e.id = l.id
              GROUP BY s.number$sql$, cut);
    EXECUTE format($sql$
        INSERT INTO kernel.audit_tally (product, staff_id, action, entries)
             SELECT product, CASE WHEN actor_kind = 'staff' THEN actor_id END, action, -count(*)
               FROM parts.%I GROUP BY 1, 2, 3$sql$, cut);
    DELETE FROM kernel.audit_day WHERE day < (known_until AT TIME ZONE 'UTC')::date;
    INSERT INTO kernel.audit_cut (part, until, entries, entry_id, sha256)
         VALUES (cut, known_until, there, said, file_sha256);
    EXECUTE format('ALTER TABLE kernel.audit_entry DETACH PARTITION parts.%I', cut);
    EXECUTE format('DROP TABLE parts.%I', cut);
    RETURN there;
END $$;
COMMENT ON FUNCTION kernel.cut_audit_part IS 'Drops the oldest part of the audit log and keeps what its seals were made of. Only the owner of the part can.';
REVOKE EXECUTE ON FUNCTION kernel.cut_audit_part FROM PUBLIC;
