-- The helpdesk: team, WhatsApp users, messages, tickets with their activities, and the sums that lists read.

CREATE SCHEMA helpdesk;

-- Team ----------------------------------------------------------------------------------------------------------

CREATE TABLE helpdesk.team_member (
    staff_id           bigint PRIMARY KEY REFERENCES kernel.staff,
    department         text CHECK (department IN ('payment', 'loan', 'account', 'technical', 'general')),
    capacity           integer NOT NULL DEFAULT 10 CONSTRAINT team_member_capacity_check CHECK (capacity >= 1),
    is_available       boolean NOT NULL DEFAULT true,
    active_tickets     integer NOT NULL DEFAULT 0 CHECK (active_tickets >= 0),
    last_assigned_at   timestamptz
);
COMMENT ON COLUMN helpdesk.team_member.active_tickets IS 'Open and in-progress tickets of this member, kept by a trigger on ticket.';
SELECT kernel.watch('helpdesk.team_member');

CREATE TABLE helpdesk.dispatch (
    singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton)
);
COMMENT ON TABLE helpdesk.dispatch IS 'One row; whoever assigns tickets holds it. Locked before any ticket or team member.';
INSERT INTO helpdesk.dispatch DEFAULT VALUES;

-- WhatsApp users and their messages -----------------------------------------------------------------------------

CREATE TABLE helpdesk.whatsapp_user (
    id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phone                 text NOT NULL CONSTRAINT whatsapp_user_phone_check CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    name                  text,
    merchant_id           text,
    language_preference   text NOT NULL DEFAULT 'en',
    opted_out_at          timestamptz,
    last_inbound_at       timestamptz,
    created_at            timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT whatsapp_user_phone_key UNIQUE (phone)
);
CREATE INDEX whatsapp_user_newest_idx ON helpdesk.whatsapp_user (created_at DESC, id DESC);
SELECT kernel.watch('helpdesk.whatsapp_user');

CREATE TABLE helpdesk.ticket (
    id                     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code                   text NOT NULL CONSTRAINT ticket_code_key UNIQUE,
    whatsapp_user_id       bigint NOT NULL REFERENCES helpdesk.whatsapp_user,
    phone                  text NOT NULL,
    merchant_id            text,
    status                 text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'in_progress', 'resolved', 'closed')),
    category               text NOT NULL CHECK (category IN ('payment', 'loan', 'account', 'technical', 'general')),
    escalation_reason      text NOT NULL,
    assigned_agent_id      bigint REFERENCES helpdesk.team_member,
    assigned_at            timestamptz,
    auto_assigned          boolean NOT NULL DEFAULT false,
    reassignment_count     integer NOT NULL DEFAULT 0,
    agent_response_count   integer NOT NULL DEFAULT 0,
    resolution_notes       text,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now(),
    queued_at              timestamptz NOT NULL DEFAULT now(),
    resolved_at            timestamptz,
    closed_at              timestamptz
);
CREATE UNIQUE INDEX ticket_one_unresolved_per_user ON helpdesk.ticket (whatsapp_user_id) WHERE status IN ('open', 'in_progress');
CREATE INDEX ticket_newest_idx ON helpdesk.ticket (created_at DESC, id DESC);
CREATE INDEX ticket_status_idx ON helpdesk.ticket (status, created_at DESC, id DESC);
CREATE INDEX ticket_category_idx ON helpdesk.ticket (category, created_at DESC, id DESC);
CREATE INDEX ticket_status_category_idx ON helpdesk.ticket (status, category, created_at DESC, id DESC);
CREATE INDEX ticket_agent_idx ON helpdesk.ticket (assigned_agent_id, created_at DESC, id DESC);
CREATE INDEX ticket_queue_idx ON helpdesk.ticket (queued_at, id) WHERE status = 'open' AND assigned_agent_id IS NULL;
CREATE INDEX ticket_user_idx ON helpdesk.ticket (whatsapp_user_id, created_at DESC);
CREATE INDEX ticket_code_idx ON helpdesk.ticket (code text_pattern_ops);
CREATE INDEX ticket_phone_idx ON helpdesk.ticket (phone text_pattern_ops);
CREATE INDEX ticket_phone_end_idx ON helpdesk.ticket (reverse(phone) text_pattern_ops);
CREATE INDEX ticket_merchant_idx ON helpdesk.ticket (merchant_id text_pattern_ops) WHERE merchant_id IS NOT NULL;
SELECT kernel.watch('helpdesk.ticket');

CREATE TRIGGER only_moves BEFORE UPDATE OF status ON helpdesk.ticket
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('open>in_progress', 'in_progress>resolved', 'in_progress>open',
                                       'resolved>closed', 'resolved>open', 'closed>open');
CREATE TRIGGER touch BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION kernel.touch();

-- Totals of tickets by status, category and agent: every change appends its difference, a job folds the rows.
CREATE TABLE helpdesk.ticket_tally (
    status     text NOT NULL,
    category   text NOT NULL,
    agent_id   bigint,
    tickets    bigint NOT NULL
);
CREATE INDEX ticket_tally_idx ON helpdesk.ticket_tally (status, category, agent_id) INCLUDE (tickets);
CREATE INDEX ticket_tally_agent_idx ON helpdesk.ticket_tally (agent_id, status) INCLUDE (tickets);

CREATE FUNCTION helpdesk.tally_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO helpdesk.ticket_tally VALUES (OLD.status, OLD.category, OLD.assigned_agent_id, -1);
        UPDATE helpdesk.team_member SET active_tickets = active_tickets - 1
         WHERE staff_id = OLD.assigned_agent_id AND OLD.status IN ('open', 'in_progress')
           AND (OLD.assigned_agent_id IS DISTINCT FROM NEW.assigned_agent_id OR NEW.status NOT IN ('open', 'in_progress'));
    END IF;
    INSERT INTO helpdesk.ticket_tally VALUES (NEW.status, NEW.category, NEW.assigned_agent_id, 1);
    IF TG_OP = 'INSERT' THEN
        UPDATE helpdesk.team_member SET active_tickets = active_tickets + 1
         WHERE staff_id = NEW.assigned_agent_id AND NEW.status IN ('open', 'in_progress');
    ELSE
        UPDATE helpdesk.team_member SET active_tickets = active_tickets + 1
         WHERE staff_id = NEW.assigned_agent_id AND NEW.status IN ('open', 'in_progress')
           AND (OLD.assigned_agent_id IS DISTINCT FROM NEW.assigned_agent_id OR OLD.status NOT IN ('open', 'in_progress'));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION helpdesk.tally_ticket();
CREATE TRIGGER tally_update AFTER UPDATE ON helpdesk.ticket FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.category IS DISTINCT FROM NEW.category
          OR OLD.assigned_agent_id IS DISTINCT FROM NEW.assigned_agent_id)
    EXECUTE FUNCTION helpdesk.tally_ticket();

CREATE TABLE helpdesk.ticket_activity (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id       bigint NOT NULL REFERENCES helpdesk.ticket,
    activity_type   text NOT NULL CHECK (activity_type IN ('assigned', 'reassigned', 'status_updated', 'category_updated',
                                                           'note_added', 'created', 'closed', 'reopened', 'unassigned', 'replied')),
    description     text NOT NULL,
    staff_id        bigint REFERENCES kernel.staff,
    metadata        jsonb NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ticket_activity_ticket_idx ON helpdesk.ticket_activity (ticket_id, id DESC);
SELECT kernel.watch('helpdesk.ticket_activity');

CREATE TABLE helpdesk.message (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    whatsapp_user_id  bigint NOT NULL REFERENCES helpdesk.whatsapp_user,
    author            text NOT NULL CHECK (author IN ('user', 'assistant', 'agent')),
    kind              text NOT NULL DEFAULT 'text',
    content           text NOT NULL,
    language          text,
    wa_message_id     text CONSTRAINT message_wa_message_id_key UNIQUE,
    answers_id        bigint REFERENCES helpdesk.message,
    ticket_id         bigint REFERENCES helpdesk.ticket,
    staff_id          bigint REFERENCES kernel.staff,
    details           jsonb NOT NULL DEFAULT '{}',
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX message_answers_idx ON helpdesk.message (answers_id) WHERE answers_id IS NOT NULL;
CREATE INDEX message_user_idx ON helpdesk.message (whatsapp_user_id, id DESC);
SELECT kernel.watch('helpdesk.message');
