-- Reviews that staff hide, restore and remove, and vendors who ask for that: requests with their evidence, how each was
-- decided, one appeal. What everybody sees is called published from now on, the word that other systems use.

ALTER TABLE marketplace.review DROP CONSTRAINT review_status_check;
DROP TRIGGER only_moves ON marketplace.review;
ALTER TABLE marketplace.review ALTER COLUMN status SET DEFAULT 'published';
UPDATE marketplace.review SET status = 'published' WHERE status = 'visible';
SELECT kernel.status('marketplace.review', 'published>hidden', 'published>removed', 'hidden>published', 'hidden>removed',
                     'removed>published');

CREATE OR REPLACE FUNCTION marketplace.recount_vendors(vendors bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    drifted bigint;
BEGIN
    UPDATE marketplace.vendor v SET reviews = n.reviews, ratings = n.ratings
      FROM (SELECT x.id, count(r.id) AS reviews, coalesce(sum(r.rating), 0)::bigint AS ratings
              FROM marketplace.vendor x
              LEFT JOIN marketplace.review r ON r.vendor_id = x.id AND r.status = 'published'
             WHERE x.id = ANY (vendors) GROUP BY x.id) n
     WHERE v.id = n.id AND (v.reviews, v.ratings) IS DISTINCT FROM (n.reviews, n.ratings);
    GET DIAGNOSTICS drifted = ROW_COUNT;
    RETURN drifted;
END $$;
COMMENT ON FUNCTION marketplace.recount_vendors IS
    'Reviews and stars of these vendors, counted from what is published. Returns how many had drifted. Hold them first.';

ALTER TABLE marketplace.review
    ADD COLUMN words tsvector GENERATED ALWAYS AS (
        kernel.text_vector(coalesce(title, '') || ' ' || coalesce(comment, ''))) STORED;
COMMENT ON COLUMN marketplace.review.words IS 'Every word of title and comment: for searching, and for telling how alike two reviews are.';
CREATE FUNCTION marketplace.likeness(one tsvector, other tsvector) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(count(*) FILTER (WHERE times = 2) / nullif(count(*), 0)::float8, 0)
      FROM (SELECT count(*) AS times
              FROM (SELECT unnest(tsvector_to_array(one)) AS word UNION ALL SELECT unnest(tsvector_to_array(other))) both_of
             GROUP BY word) counted
$$;
COMMENT ON FUNCTION marketplace.likeness(tsvector, tsvector) IS 'How many of all their words two texts share: 0 to 1.';
CREATE FUNCTION marketplace.print_of(words tsvector) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT md5(array_to_string(tsvector_to_array(words), ' '))
$$;
COMMENT ON FUNCTION marketplace.print_of(tsvector) IS 'The same for texts of the same words, whatever their order, case, signs and accents.';
CREATE INDEX review_print_idx ON marketplace.review (marketplace.print_of(words), id) WHERE words <> '';
CREATE INDEX review_words_idx ON marketplace.review USING gin (words);
CREATE INDEX review_age_idx ON marketplace.review (created_at, id);
CREATE INDEX review_rating_idx ON marketplace.review (rating, created_at, id);
CREATE INDEX review_moderated_idx ON marketplace.review (status, created_at, id) WHERE status <> 'published';
CREATE INDEX review_complaint_idx ON marketplace.review (vendor_id, created_at) WHERE rating <= 2;
SELECT kernel.tally('marketplace.review', 'reviews', '{status,rating}');

CREATE TABLE marketplace.takedown_request (
    id                   uuid PRIMARY KEY,
    external_id          text CONSTRAINT takedown_request_external_id_key UNIQUE,
    number               text NOT NULL CONSTRAINT takedown_request_number_key UNIQUE,
    review_id            bigint NOT NULL REFERENCES marketplace.review,
    vendor_id            bigint NOT NULL REFERENCES marketplace.vendor,
    customer_id          bigint NOT NULL REFERENCES marketplace.customer,
    status               text NOT NULL DEFAULT 'open',
    reason_code          text NOT NULL CHECK (reason_code IN ('abuse', 'defamation', 'spam', 'off_topic', 'fake_review',
                                                              'competitor_sabotage', 'personal_info', 'profanity',
                                                              'extortion', 'duplicate', 'other')),
    reason_description   text NOT NULL,
    vendor_notes         text,
    is_open              boolean NOT NULL GENERATED ALWAYS AS (status = 'open') STORED,
    urgency              bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN reason_code IN ('abuse', 'defamation', 'fake_review', 'competitor_sabotage', 'extortion') THEN 3
             WHEN reason_code IN ('spam', 'off_topic', 'personal_info', 'profanity') THEN 2 ELSE 1 END) STORED,
    action               text CHECK (action IN ('hide', 'remove')),
    resolution           text,
    admin_notes          text,
    review_became        text CHECK (review_became IN ('published', 'hidden', 'removed')),
    vendor_notified      boolean NOT NULL DEFAULT false,
    reviewer_notified    boolean NOT NULL DEFAULT false,
    resolved_at          timestamptz,
    resolved_by          bigint REFERENCES kernel.staff,
    seconds_to_resolve   bigint NOT NULL GENERATED ALWAYS AS (
        coalesce(extract(epoch FROM resolved_at - created_at), 0)::bigint) STORED,
    appealed_by          text CHECK (appealed_by IN ('vendor', 'reviewer')),
    appeal               text,
    appealed_at          timestamptz,
    created_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT takedown_request_resolved CHECK ((status = 'open') = (resolved_at IS NULL)),
    CONSTRAINT takedown_request_acted CHECK ((status = 'accepted') = (action IS NOT NULL)),
    CONSTRAINT takedown_request_appealed CHECK ((appealed_by IS NULL) = (appealed_at IS NULL))
);
COMMENT ON TABLE marketplace.takedown_request IS 'A vendor asks to take a review down. How it was decided each time: takedown_decision.';
COMMENT ON COLUMN marketplace.takedown_request.admin_notes IS 'For staff alone: what is told outside is made of rows without this column.';
COMMENT ON COLUMN marketplace.takedown_request.seconds_to_resolve IS '0 until it is resolved: summed up in the tally.';
CREATE INDEX takedown_request_review_idx ON marketplace.takedown_request (review_id, created_at);
CREATE INDEX takedown_request_customer_idx ON marketplace.takedown_request (customer_id);
CREATE INDEX takedown_request_vendor_idx ON marketplace.takedown_request (vendor_id, created_at, id);
CREATE INDEX takedown_request_queue_idx ON marketplace.takedown_request (is_open DESC, urgency DESC, created_at DESC, id DESC);
CREATE INDEX takedown_request_status_idx ON marketplace.takedown_request (status, created_at, id);
CREATE INDEX takedown_request_urgency_idx ON marketplace.takedown_request (status, urgency, created_at, id);
CREATE INDEX takedown_request_age_idx ON marketplace.takedown_request (created_at, id);
CREATE INDEX takedown_request_reason_idx ON marketplace.takedown_request (reason_code, status, created_at, id);
SELECT kernel.watch('marketplace.takedown_request');
SELECT kernel.status('marketplace.takedown_request', 'open>accepted', 'open>rejected', 'accepted>open', 'rejected>open');
SELECT kernel.tally('marketplace.takedown_request', 'requests', '{status}', '{seconds_to_resolve}');

CREATE TABLE marketplace.takedown_decision (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id    uuid NOT NULL REFERENCES marketplace.takedown_request,
    decision      text NOT NULL CHECK (decision IN ('accept', 'reject')),
    action        text CHECK (action IN ('hide', 'remove')),
    resolution    text,
    admin_notes   text,
    staff_id      bigint NOT NULL REFERENCES kernel.staff,
    decided_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE marketplace.takedown_decision IS 'How it was decided each time; after an appeal somebody else decides.';
CREATE INDEX takedown_decision_request_idx ON marketplace.takedown_decision (request_id, id);
SELECT kernel.watch('marketplace.takedown_decision');

CREATE TABLE marketplace.takedown_event (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id   uuid NOT NULL REFERENCES marketplace.takedown_request,
    event        text NOT NULL,
    actor_kind   text NOT NULL CHECK (actor_kind IN ('customer', 'vendor', 'staff', 'system')),
    staff_id     bigint REFERENCES kernel.staff,
    details      jsonb NOT NULL DEFAULT '{}',
    at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN marketplace.takedown_event.details IS 'Codes and ids alone: nothing that somebody wrote.';
CREATE INDEX takedown_event_request_idx ON marketplace.takedown_event (request_id, id);
SELECT kernel.watch('marketplace.takedown_event');

CREATE TABLE marketplace.takedown_evidence (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id      uuid NOT NULL REFERENCES marketplace.takedown_request,
    type            text NOT NULL CHECK (type IN ('image', 'document', 'text')),
    description     text,
    content         text,
    filename        text,
    content_type    text,
    size_bytes      bigint CHECK (size_bytes > 0),
    sha256          bytea NOT NULL CHECK (octet_length(sha256) = 32),
    file_id         text,
    thumbnail_id    text,
    uploaded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT takedown_evidence_once_key UNIQUE (request_id, sha256),
    CONSTRAINT takedown_evidence_is_kept CHECK ((type = 'text') = (file_id IS NULL))
);
COMMENT ON COLUMN marketplace.takedown_evidence.sha256 IS 'Of what was sent: the same bytes are one piece of evidence. An image is kept as it was drawn anew, never as it came.';
SELECT kernel.watch('marketplace.takedown_evidence');

CREATE TABLE marketplace.review_moderation (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    review_id    bigint NOT NULL REFERENCES marketplace.review,
    became       text NOT NULL CHECK (became IN ('published', 'hidden', 'removed')),
    reason       text,
    request_id   uuid REFERENCES marketplace.takedown_request,
    staff_id     bigint REFERENCES kernel.staff,
    at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE marketplace.review_moderation IS 'Every time that staff hid, restored or removed a review, and because of which request.';
CREATE INDEX review_moderation_review_idx ON marketplace.review_moderation (review_id, id);
SELECT kernel.watch('marketplace.review_moderation');
