-- What a dispute holds beside its row. Messages, which customers and vendors read, and notes, which only staff read, are
-- two tables: nothing that is told outside asks the second. Evidence, the history of decisions, the queue, its search.

CREATE FUNCTION kernel.text_vector(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_to_tsvector(array_agg(DISTINCT word)), '')
      FROM regexp_matches(words, '\S.{0,250}(?=\s|$)|\S{1,250}', 'g') AS piece,
           unnest(tsvector_to_array(kernel.search_vector(piece[1]))) AS word
$$;
COMMENT ON FUNCTION kernel.text_vector(text) IS
    'What a text of any length is found by with kernel.search_query. kernel.search_vector reads as much as a name has.';

ALTER TABLE marketplace.dispute
    ADD COLUMN notify_user boolean NOT NULL DEFAULT true,
    ADD COLUMN notify_vendor boolean NOT NULL DEFAULT true,
    ADD COLUMN is_live boolean NOT NULL GENERATED ALWAYS AS (status IN ('open', 'in_progress')) STORED,
    ADD COLUMN urgency bigint NOT NULL GENERATED ALWAYS AS (
        CASE priority WHEN 'urgent' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END) STORED,
    ADD COLUMN words tsvector GENERATED ALWAYS AS (
        kernel.text_vector(reference || ' ' || subject || ' ' || description)) STORED;
COMMENT ON COLUMN marketplace.dispute.notify_user IS
    'Whether the customer is told of the decision, as whoever made it wished; it may take effect with a second approval.';
CREATE INDEX dispute_queue_idx ON marketplace.dispute (is_live DESC, urgency DESC, resolution_deadline, id);
CREATE INDEX dispute_assigned_idx ON marketplace.dispute
    (assigned_to, is_live DESC, urgency DESC, resolution_deadline, id) WHERE assigned_to IS NOT NULL;
CREATE INDEX dispute_unassigned_idx ON marketplace.dispute (urgency DESC, resolution_deadline, id)
 WHERE assigned_to IS NULL AND is_live;
CREATE INDEX dispute_urgency_idx ON marketplace.dispute (urgency DESC, resolution_deadline, id);
CREATE INDEX dispute_every_deadline_idx ON marketplace.dispute (resolution_deadline, id);
CREATE INDEX dispute_words_idx ON marketplace.dispute USING gin (words);

CREATE SEQUENCE marketplace.dispute_saying_seq;
CREATE TABLE marketplace.dispute_message (
    id            bigint PRIMARY KEY DEFAULT nextval('marketplace.dispute_saying_seq'),
    external_id   text CONSTRAINT dispute_message_external_id_key UNIQUE,
    dispute_id    bigint NOT NULL REFERENCES marketplace.dispute,
    sender        text NOT NULL CHECK (sender IN ('user', 'vendor', 'admin')),
    staff_id      bigint REFERENCES kernel.staff,
    message       text NOT NULL,
    attachments   text[] NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT dispute_message_of_staff CHECK ((sender = 'admin') = (staff_id IS NOT NULL))
);
COMMENT ON TABLE marketplace.dispute_message IS 'What customer, vendor and staff say to each other. All of them read it.';
CREATE INDEX dispute_message_dispute_idx ON marketplace.dispute_message (dispute_id, id);
SELECT kernel.watch('marketplace.dispute_message');

CREATE TABLE marketplace.dispute_note (
    id            bigint PRIMARY KEY DEFAULT nextval('marketplace.dispute_saying_seq'),
    dispute_id    bigint NOT NULL REFERENCES marketplace.dispute,
    staff_id      bigint NOT NULL REFERENCES kernel.staff,
    note          text NOT NULL,
    attachments   text[] NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE marketplace.dispute_note IS
    'What staff say among themselves. Numbered with the messages, because staff see both in one list.';
CREATE INDEX dispute_note_dispute_idx ON marketplace.dispute_note (dispute_id, id);
SELECT kernel.watch('marketplace.dispute_note');

CREATE TABLE marketplace.dispute_evidence (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dispute_id     bigint NOT NULL REFERENCES marketplace.dispute,
    sender         text NOT NULL CHECK (sender IN ('user', 'vendor')),
    type           text NOT NULL CHECK (type IN ('image', 'document')),
    description    text,
    filename       text NOT NULL,
    content_type   text NOT NULL,
    size_bytes     bigint NOT NULL CHECK (size_bytes > 0),
    sha256         bytea NOT NULL CHECK (octet_length(sha256) = 32),
    file_id        text NOT NULL,
    uploaded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT dispute_evidence_once_key UNIQUE (dispute_id, sha256)
);
SELECT kernel.watch('marketplace.dispute_evidence');

CREATE TABLE marketplace.dispute_decision (
    id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dispute_id            bigint NOT NULL REFERENCES marketplace.dispute,
    became                text NOT NULL CHECK (became IN ('open', 'in_progress', 'resolved', 'closed', 'rejected')),
    resolution_type       text CHECK (resolution_type IN ('full_refund', 'partial_refund', 'no_refund', 'service_redo')),
    refund_amount_minor   bigint CHECK (refund_amount_minor >= 0),
    resolution            text,
    staff_id              bigint REFERENCES kernel.staff,
    decided_at            timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE marketplace.dispute_decision IS 'How it was decided each time; a dispute that is opened again keeps what was.';
CREATE INDEX dispute_decision_dispute_idx ON marketplace.dispute_decision (dispute_id, id);
SELECT kernel.watch('marketplace.dispute_decision');
