-- Customers who show WhatsApp's id instead of a number, what a message refers to, and who wants no offers.

ALTER TABLE helpdesk.whatsapp_user
    DROP CONSTRAINT whatsapp_user_phone_check,
    ADD CONSTRAINT whatsapp_user_phone_check
        CHECK (phone ~ '^\+[1-9][0-9]{6,14}$' OR (phone !~ '^\+' AND length(phone) BETWEEN 1 AND 200)),
    ADD COLUMN user_id text CONSTRAINT whatsapp_user_user_id_key UNIQUE,
    ADD COLUMN offers_stopped_at timestamptz;
COMMENT ON COLUMN helpdesk.whatsapp_user.phone IS
    'How we know this customer: their number in E.164, else the id that WhatsApp gives those who show none.';
COMMENT ON COLUMN helpdesk.whatsapp_user.user_id IS 'WhatsApp''s id of this customer, whether they show a number or not.';
COMMENT ON COLUMN helpdesk.whatsapp_user.offers_stopped_at IS
    'Since when they want no broadcasts, chosen in WhatsApp itself or in words; answers still go.';

ALTER TABLE helpdesk.inbound ADD COLUMN facts jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN helpdesk.inbound.facts IS 'What the message quotes, edits or deletes, a file''s name, an advertisement.';

-- One person under an id and under a number: everything of the first becomes the second's.
CREATE FUNCTION helpdesk.join_customers(kept_id bigint, other_id bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    kept   helpdesk.whatsapp_user;
    other  helpdesk.whatsapp_user;
    first  helpdesk.ticket;
    second helpdesk.ticket;
    note   text;
BEGIN
    PERFORM FROM helpdesk.whatsapp_user WHERE id IN (kept_id, other_id) ORDER BY id FOR UPDATE;
    SELECT * INTO STRICT kept FROM helpdesk.whatsapp_user WHERE id = kept_id;
    SELECT * INTO STRICT other FROM helpdesk.whatsapp_user WHERE id = other_id;
    SELECT * INTO first FROM helpdesk.ticket
     WHERE whatsapp_user_id IN (kept_id, other_id) AND status IN ('open', 'in_progress') ORDER BY id LIMIT 1;
    SELECT * INTO second FROM helpdesk.ticket
     WHERE whatsapp_user_id IN (kept_id, other_id) AND status IN ('open', 'in_progress') ORDER BY id OFFSET 1 LIMIT 1;
    IF second.id IS NOT NULL THEN
        note := format('One customer wrote with and without their number: goes on in %s', first.code);
        UPDATE helpdesk.ticket SET status = 'in_progress' WHERE id = second.id AND status = 'open';
        UPDATE helpdesk.ticket SET status = 'resolved', resolution_notes = note, resolved_at = now() WHERE id = second.id;
        INSERT INTO helpdesk.ticket_activity (ticket_id, activity_type, description)
             VALUES (second.id, 'status_updated', note),
                    (first.id, 'note_added', format('The same customer''s ticket %s was joined with this one', second.code));
    END IF;
    UPDATE helpdesk.message SET whatsapp_user_id = kept_id WHERE whatsapp_user_id = other_id;
    UPDATE helpdesk.inbound SET whatsapp_user_id = kept_id WHERE whatsapp_user_id = other_id;
    UPDATE helpdesk.outbound SET whatsapp_user_id = kept_id WHERE whatsapp_user_id = other_id;
    UPDATE helpdesk.ticket SET whatsapp_user_id = kept_id, phone = kept.phone WHERE whatsapp_user_id = other_id;
    DELETE FROM helpdesk.whatsapp_user WHERE id = other_id;
    UPDATE helpdesk.whatsapp_user
       SET user_id = coalesce(other.user_id, user_id),
           name = coalesce(name, other.name),
           merchant_id = coalesce(merchant_id, other.merchant_id),
           opted_out_at = coalesce(opted_out_at, other.opted_out_at),
           offers_stopped_at = coalesce(offers_stopped_at, other.offers_stopped_at),
           last_inbound_at = greatest(last_inbound_at, other.last_inbound_at)
     WHERE id = kept_id;
    INSERT INTO helpdesk.whatsapp_user_tally VALUES (other.merchant_id IS NOT NULL, -1);
    RETURN kept_id;
END $$;
