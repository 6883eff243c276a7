-- The dashboard's pages: totals of WhatsApp users, testing mode, broadcasts, usage by day.

-- WhatsApp users: finding and counting them ---------------------------------------------------------------------

CREATE INDEX whatsapp_user_merchants_idx ON helpdesk.whatsapp_user (created_at DESC, id DESC) WHERE merchant_id IS NOT NULL;
CREATE INDEX whatsapp_user_merchant_idx ON helpdesk.whatsapp_user (merchant_id text_pattern_ops) WHERE merchant_id IS NOT NULL;
CREATE INDEX whatsapp_user_phone_idx ON helpdesk.whatsapp_user (phone text_pattern_ops);
CREATE INDEX whatsapp_user_phone_end_idx ON helpdesk.whatsapp_user (reverse(phone) text_pattern_ops);
CREATE INDEX whatsapp_user_name_idx ON helpdesk.whatsapp_user USING gin (to_tsvector('simple', name));

CREATE TABLE helpdesk.whatsapp_user_tally (
    is_merchant   boolean NOT NULL,
    users         bigint NOT NULL
);
COMMENT ON TABLE helpdesk.whatsapp_user_tally IS 'Totals of users: every change appends its difference, a job folds the rows.';

CREATE FUNCTION helpdesk.tally_whatsapp_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO helpdesk.whatsapp_user_tally VALUES (OLD.merchant_id IS NOT NULL, -1);
    END IF;
    INSERT INTO helpdesk.whatsapp_user_tally VALUES (NEW.merchant_id IS NOT NULL, 1);
    RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON helpdesk.whatsapp_user FOR EACH ROW EXECUTE FUNCTION helpdesk.tally_whatsapp_user();
CREATE TRIGGER tally_update AFTER UPDATE ON helpdesk.whatsapp_user FOR EACH ROW
    WHEN ((OLD.merchant_id IS NULL) <> (NEW.merchant_id IS NULL))
    EXECUTE FUNCTION helpdesk.tally_whatsapp_user();

-- Testing mode --------------------------------------------------------------------------------------------------

CREATE TABLE helpdesk.testing_mode (
    singleton                 boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    is_enabled                boolean NOT NULL DEFAULT false,
    static_response_message   text NOT NULL DEFAULT 'We are testing our assistant at the moment. Please write again later.'
                              CHECK (static_response_message <> '')
);
COMMENT ON TABLE helpdesk.testing_mode IS 'One row. While enabled, only whitelisted numbers get the assistant, the others the fixed answer.';
INSERT INTO helpdesk.testing_mode DEFAULT VALUES;
SELECT kernel.watch('helpdesk.testing_mode');

CREATE TABLE helpdesk.testing_whitelist (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phone        text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    label        text,
    added_by     bigint NOT NULL REFERENCES kernel.staff,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT testing_whitelist_phone_key UNIQUE (phone)
);
SELECT kernel.watch('helpdesk.testing_whitelist');

-- Usage ---------------------------------------------------------------------------------------------------------

CREATE TABLE helpdesk.usage_delta (
    day       date NOT NULL,
    counter   text NOT NULL,
    amount    bigint NOT NULL
);
COMMENT ON TABLE helpdesk.usage_delta IS 'What writes counted since the last fold: appended with the write it belongs to.';

CREATE TABLE helpdesk.usage_day (
    day       date NOT NULL,
    counter   text NOT NULL,
    amount    bigint NOT NULL,
    times     bigint NOT NULL,
    PRIMARY KEY (day, counter)
);
COMMENT ON COLUMN helpdesk.usage_day.times IS 'How often something was added: amount by times is the average.';

-- Broadcasts ----------------------------------------------------------------------------------------------------

CREATE TABLE helpdesk.broadcast (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message            text NOT NULL CHECK (message <> ''),
    status             text NOT NULL DEFAULT 'pending'
                       CHECK (status IN ('pending', 'in_progress', 'completed', 'failed', 'cancelled')),
    total_recipients   integer NOT NULL CHECK (total_recipients > 0),
    created_by         bigint NOT NULL REFERENCES kernel.staff,
    created_at         timestamptz NOT NULL DEFAULT now(),
    started_at         timestamptz,
    completed_at       timestamptz
);
CREATE INDEX broadcast_live_idx ON helpdesk.broadcast (id) WHERE status IN ('pending', 'in_progress');
SELECT kernel.watch('helpdesk.broadcast');
CREATE TRIGGER only_moves BEFORE UPDATE OF status ON helpdesk.broadcast
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('pending>in_progress', 'pending>cancelled', 'in_progress>completed',
                                       'in_progress>failed', 'in_progress>cancelled');

CREATE TABLE helpdesk.broadcast_recipient (
    broadcast_id   bigint NOT NULL REFERENCES helpdesk.broadcast,
    position       integer NOT NULL,
    phone          text NOT NULL,
    outbound_id    bigint REFERENCES helpdesk.outbound,
    outcome        text CHECK (outcome IN ('sent', 'failed')),
    error          text,
    PRIMARY KEY (broadcast_id, position),
    CONSTRAINT broadcast_recipient_phone_key UNIQUE (broadcast_id, phone),
    CHECK ((outcome = 'failed') = (error IS NOT NULL))
);
COMMENT ON COLUMN helpdesk.broadcast_recipient.outcome IS 'Null until the message was sent or failed; it follows the outbound message.';
CREATE INDEX broadcast_recipient_unsettled_idx ON helpdesk.broadcast_recipient (broadcast_id, position) WHERE outcome IS NULL;
CREATE INDEX broadcast_recipient_failed_idx ON helpdesk.broadcast_recipient (broadcast_id, position) WHERE outcome = 'failed';
CREATE UNIQUE INDEX broadcast_recipient_outbound_idx ON helpdesk.broadcast_recipient (outbound_id) WHERE outbound_id IS NOT NULL;
SELECT kernel.watch('helpdesk.broadcast_recipient');

-- How many were sent and failed: every settled recipient appends its difference, a job folds the rows.
CREATE TABLE helpdesk.broadcast_tally (
    broadcast_id   bigint NOT NULL,
    outcome        text NOT NULL,
    recipients     bigint NOT NULL
);
CREATE INDEX broadcast_tally_idx ON helpdesk.broadcast_tally (broadcast_id, outcome) INCLUDE (recipients);

CREATE FUNCTION helpdesk.tally_recipient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.outcome IS NOT NULL THEN
        INSERT INTO helpdesk.broadcast_tally VALUES (OLD.broadcast_id, OLD.outcome, -1);
    END IF;
    IF NEW.outcome IS NOT NULL THEN
        INSERT INTO helpdesk.broadcast_tally VALUES (NEW.broadcast_id, NEW.outcome, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON helpdesk.broadcast_recipient
    FOR EACH ROW WHEN (NEW.outcome IS NOT NULL) EXECUTE FUNCTION helpdesk.tally_recipient();
CREATE TRIGGER tally_update AFTER UPDATE OF outcome ON helpdesk.broadcast_recipient
    FOR EACH ROW WHEN (OLD.outcome IS DISTINCT FROM NEW.outcome) EXECUTE FUNCTION helpdesk.tally_recipient();

CREATE FUNCTION helpdesk.settle_recipient() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reached text := CASE WHEN NEW.status IN ('sent', 'delivered', 'read') THEN 'sent'
                         WHEN NEW.status = 'failed' THEN 'failed' END;
BEGIN
    UPDATE helpdesk.broadcast_recipient
       SET outcome = reached,
           error = CASE reached WHEN 'failed' THEN coalesce(NEW.error, 'Not delivered') END
     WHERE outbound_id = NEW.id AND outcome IS DISTINCT FROM reached;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION helpdesk.settle_recipient() IS 'Lets a recipient follow its message through the outbox.';
CREATE TRIGGER settle_recipient AFTER UPDATE OF status ON helpdesk.outbound
    FOR EACH ROW WHEN (NEW.purpose = 'broadcast' AND OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION helpdesk.settle_recipient();
