-- Claims: the coverage an approval counts against, the moves a claim made, its documents and notes, totals by status.

-- Coverage ------------------------------------------------------------------------------------------------------

CREATE TABLE shield.coverage (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id   text NOT NULL REFERENCES shield.member,
    begins_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL CHECK (ends_at > begins_at)
);
CREATE INDEX coverage_member_idx ON shield.coverage (member_id, begins_at DESC);
COMMENT ON TABLE shield.coverage IS 'Coverage periods: each begins with the first approved claim after the one before.';
SELECT kernel.watch('shield.coverage');

ALTER TABLE shield.claim ADD COLUMN coverage_id bigint REFERENCES shield.coverage;
CREATE INDEX claim_coverage_idx ON shield.claim (coverage_id) WHERE coverage_id IS NOT NULL;
COMMENT ON COLUMN shield.claim.coverage_id IS 'The period an approved or paid claim counts against; NULL for any other.';

-- The member is held, so that two first approvals at once begin one period and not two.
CREATE FUNCTION shield.place_in_coverage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status NOT IN ('approved', 'paid') THEN
        NEW.coverage_id := NULL;
        RETURN NEW;
    ELSIF NEW.coverage_id IS NOT NULL THEN
        RETURN NEW;
    END IF;
    PERFORM FROM shield.member WHERE id = NEW.member_id FOR UPDATE;
    NEW.approved_at := coalesce(NEW.approved_at, clock_timestamp());
    SELECT id INTO NEW.coverage_id FROM shield.coverage
     WHERE member_id = NEW.member_id AND begins_at <= NEW.approved_at AND ends_at > NEW.approved_at;
    IF NEW.coverage_id IS NULL THEN
        INSERT INTO shield.coverage (member_id, begins_at, ends_at)
             SELECT NEW.member_id, NEW.approved_at,
                    least(NEW.approved_at + make_interval(months => p.coverage_duration_months),
                          (SELECT min(begins_at) FROM shield.coverage
                            WHERE member_id = NEW.member_id AND begins_at > NEW.approved_at))
               FROM shield.plan p WHERE p.id = NEW.plan_id
          RETURNING id INTO NEW.coverage_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER place_in_coverage BEFORE INSERT OR UPDATE OF status ON shield.claim
    FOR EACH ROW EXECUTE FUNCTION shield.place_in_coverage();

-- What is approved within a period never exceeds the coverage, whatever runs at once.
CREATE FUNCTION shield.check_coverage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    covered  bigint;
    approved bigint;
BEGIN
    PERFORM FROM shield.coverage WHERE id = NEW.coverage_id FOR UPDATE;
    SELECT coverage_amount_minor INTO covered FROM shield.plan WHERE id = NEW.plan_id;
    SELECT sum(amount_approved_minor) INTO approved FROM shield.claim WHERE coverage_id = NEW.coverage_id;
    IF approved > covered THEN
        RAISE EXCEPTION 'approvals would exceed the coverage of %', NEW.member_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'claim_sum_within_coverage';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_coverage AFTER UPDATE OF status, amount_approved_minor ON shield.claim
    FOR EACH ROW WHEN (NEW.coverage_id IS NOT NULL
                       AND (OLD.coverage_id IS NULL OR NEW.amount_approved_minor > OLD.amount_approved_minor))
    EXECUTE FUNCTION shield.check_coverage();

CREATE FUNCTION shield.drop_empty_coverage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM shield.coverage k
     WHERE k.id = OLD.coverage_id AND NOT EXISTS (SELECT FROM shield.claim c WHERE c.coverage_id = k.id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION shield.drop_empty_coverage() IS 'A period whose only approval was taken back has not begun.';
CREATE TRIGGER drop_empty_coverage AFTER UPDATE OF status ON shield.claim
    FOR EACH ROW WHEN (OLD.coverage_id IS NOT NULL AND NEW.coverage_id IS NULL)
    EXECUTE FUNCTION shield.drop_empty_coverage();

-- History, documents, notes -------------------------------------------------------------------------------------

CREATE TABLE shield.claim_history (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claim_id     text NOT NULL REFERENCES shield.claim,
    became       text NOT NULL CHECK (became IN ('pending', 'under_review', 'approved', 'denied', 'paid')),
    changed_by   bigint REFERENCES kernel.staff,
    notes        text,
    changed_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX claim_history_claim_idx ON shield.claim_history (claim_id, id);
COMMENT ON TABLE shield.claim_history IS 'Each move of a claim; its submission stands in the claim itself.';
SELECT kernel.watch('shield.claim_history');

CREATE TABLE shield.claim_document (
    id             text PRIMARY KEY CHECK (id ~ '^doc_[0-9a-f]{32}$'),
    claim_id       text NOT NULL REFERENCES shield.claim,
    type           text NOT NULL,
    filename       text NOT NULL,
    content_type   text NOT NULL CHECK (content_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    size_bytes     bigint NOT NULL CHECK (size_bytes > 0),
    sha256         bytea NOT NULL CHECK (octet_length(sha256) = 32),
    file_id        text NOT NULL,
    uploaded_at    timestamptz NOT NULL DEFAULT now(),
    verified_at    timestamptz,
    verified_by    bigint REFERENCES kernel.staff,
    CONSTRAINT claim_document_content_key UNIQUE (claim_id, sha256)
);
CREATE INDEX claim_document_claim_idx ON shield.claim_document (claim_id, uploaded_at, id);
SELECT kernel.watch('shield.claim_document');

CREATE TABLE shield.claim_note (
    id            text PRIMARY KEY CHECK (id ~ '^note_[0-9a-f]{32}$'),
    claim_id      text NOT NULL REFERENCES shield.claim,
    author_id     bigint NOT NULL REFERENCES kernel.staff,
    content       text NOT NULL,
    is_internal   boolean NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX claim_note_claim_idx ON shield.claim_note (claim_id, created_at, id);
SELECT kernel.watch('shield.claim_note');

-- Totals --------------------------------------------------------------------------------------------------------

CREATE TABLE shield.claim_tally (
    status   text NOT NULL,
    claims   bigint NOT NULL
);
COMMENT ON TABLE shield.claim_tally IS 'Totals of claims: every change appends its difference, a job folds the rows.';

CREATE FUNCTION shield.tally_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO shield.claim_tally VALUES (OLD.status, -1);
    END IF;
    INSERT INTO shield.claim_tally VALUES (NEW.status, 1);
    RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON shield.claim FOR EACH ROW EXECUTE FUNCTION shield.tally_claim();
CREATE TRIGGER tally_update AFTER UPDATE OF status ON shield.claim FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION shield.tally_claim();
