-- The kernel's tables: staff and sessions, audit and its seals, idempotency keys, data keys, sums that lag nothing.

CREATE SCHEMA kernel;

-- Walls ---------------------------------------------------------------------------------------------------------

CREATE FUNCTION kernel.mark_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('backoffice.changed', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, true);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kernel.mark_changed() IS 'Remembers, for this transaction, that a row of a domain table changed.';

CREATE FUNCTION kernel.watch(domain_table regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER mark_changed AFTER INSERT OR UPDATE OR DELETE ON %s '
                   'FOR EACH ROW EXECUTE FUNCTION kernel.mark_changed()', domain_table);
END $$;
COMMENT ON FUNCTION kernel.watch(regclass) IS 'Puts a domain table under the wall: no change without its record.';

CREATE FUNCTION kernel.require_record(recorded boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    changed text := coalesce(current_setting('backoffice.changed', true), '');
BEGIN
    IF changed <> '' AND NOT recorded THEN
        RAISE EXCEPTION 'a row of % changed and nothing records it', changed USING ERRCODE = 'BO001';
    END IF;
END $$;
COMMENT ON FUNCTION kernel.require_record(boolean) IS 'Called by every write before it commits.';

CREATE FUNCTION kernel.only_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (OLD.status || '>' || NEW.status) = ANY (TG_ARGV) THEN
        RAISE EXCEPTION '% may not move from % to %', TG_TABLE_NAME, OLD.status, NEW.status USING ERRCODE = 'BO002';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kernel.only_moves() IS 'Lets a status change only along the pairs given as arguments (old>new).';

CREATE FUNCTION kernel.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'BO003';
END $$;

CREATE FUNCTION kernel.append_only(record_table regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change()', record_table);
END $$;

CREATE FUNCTION kernel.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;

-- Identity ------------------------------------------------------------------------------------------------------

CREATE TABLE kernel.staff (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username        text NOT NULL CHECK (username <> ''),
    email           text NOT NULL CHECK (email <> ''),
    full_name       text NOT NULL,
    password_hash   text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX staff_username_key ON kernel.staff (lower(username));
CREATE UNIQUE INDEX staff_email_key ON kernel.staff (lower(email));
SELECT kernel.watch('kernel.staff');
CREATE TRIGGER touch BEFORE UPDATE ON kernel.staff FOR EACH ROW EXECUTE FUNCTION kernel.touch();

CREATE TABLE kernel.membership (
    staff_id              bigint NOT NULL REFERENCES kernel.staff,
    product               text NOT NULL,
    role                  text NOT NULL,
    is_active             boolean NOT NULL DEFAULT true,
    password_change_due   boolean NOT NULL DEFAULT false,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (staff_id, product)
);
CREATE INDEX membership_product_idx ON kernel.membership (product, role, staff_id);
SELECT kernel.watch('kernel.membership');
CREATE TRIGGER touch BEFORE UPDATE ON kernel.membership FOR EACH ROW EXECUTE FUNCTION kernel.touch();

CREATE TABLE kernel.sign_in (
    staff_id     bigint NOT NULL REFERENCES kernel.staff,
    product      text NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (staff_id, product)
);
COMMENT ON TABLE kernel.sign_in IS 'The latest sign-in of a person in a product.';

CREATE TABLE kernel.session (
    id                    uuid PRIMARY KEY,
    staff_id              bigint NOT NULL REFERENCES kernel.staff,
    product               text NOT NULL,
    address               text NOT NULL,
    agent                 text NOT NULL,
    created_at            timestamptz NOT NULL DEFAULT now(),
    expires_at            timestamptz NOT NULL,
    ended_at              timestamptz,
    ended_because         text,
    password_change_due   boolean NOT NULL DEFAULT false
);
CREATE INDEX session_live_idx ON kernel.session (staff_id, product) WHERE ended_at IS NULL;

CREATE TABLE kernel.refresh_token (
    id           uuid PRIMARY KEY,
    session_id   uuid NOT NULL REFERENCES kernel.session ON DELETE CASCADE,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX refresh_token_session_idx ON kernel.refresh_token (session_id);

-- Audit ---------------------------------------------------------------------------------------------------------

CREATE TABLE kernel.audit_entry (
    id             uuid PRIMARY KEY,
    at             timestamptz NOT NULL,
    product        text NOT NULL,
    actor_kind     text NOT NULL,
    actor_id       bigint NOT NULL,
    actor_label    text NOT NULL,
    action         text NOT NULL,
    subject        text NOT NULL,
    data_subject   text,
    before         jsonb,
    after          jsonb,
    reason         text,
    address        text NOT NULL,
    agent          text NOT NULL,
    request_id     text NOT NULL,
    digest         bytea NOT NULL
);
CREATE INDEX audit_entry_newest_idx ON kernel.audit_entry (product, at DESC, id DESC);
CREATE INDEX audit_entry_subject_idx ON kernel.audit_entry (product, subject, at DESC, id DESC);
SELECT kernel.append_only('kernel.audit_entry');

CREATE TABLE kernel.audit_unsealed (
    entry_id   uuid PRIMARY KEY,
    xid        xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE kernel.audit_unsealed IS 'Entries that wait for their seal, with the transaction that wrote them.';

CREATE FUNCTION kernel.await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel.audit_unsealed (entry_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER await_seal AFTER INSERT ON kernel.audit_entry FOR EACH ROW EXECUTE FUNCTION kernel.await_seal();

CREATE TABLE kernel.audit_seal (
    number          bigint PRIMARY KEY,
    sealed_at       timestamptz NOT NULL,
    entry_ids       uuid[] NOT NULL,
    previous_hash   bytea NOT NULL,
    hash            bytea NOT NULL
);
SELECT kernel.append_only('kernel.audit_seal');

-- Idempotency ---------------------------------------------------------------------------------------------------

CREATE TABLE kernel.idempotency_key (
    key          bytea PRIMARY KEY,
    body_hash    bytea NOT NULL,
    status       smallint NOT NULL,
    answer       bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_key_age_idx ON kernel.idempotency_key (created_at);
COMMENT ON TABLE kernel.idempotency_key IS 'First answers of committed writes, kept 24 hours.';

-- Secrets -------------------------------------------------------------------------------------------------------

CREATE TABLE kernel.data_key (
    data_subject   text PRIMARY KEY,
    key_id         text NOT NULL,
    wrapped        bytea NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE kernel.data_key IS 'One key per person, wrapped by the key ring; destroying it makes the person''s audit values unreadable.';
