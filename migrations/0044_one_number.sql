-- One person, one number: what WhatsApp calls a customer, beside the number they are known by, and existing rows of
-- one person under two forms of a number (Brazil's ninth digit, Mexico's 1, Argentina's 9) joined.

ALTER TABLE helpdesk.whatsapp_user
    ADD COLUMN wa_id text CONSTRAINT whatsapp_user_wa_id_check CHECK (wa_id ~ '^[1-9][0-9]{6,14}$');
COMMENT ON COLUMN helpdesk.whatsapp_user.wa_id IS
    'The digits by which WhatsApp itself last called this customer; messages to them go there. Null: nobody wrote yet.';

CREATE FUNCTION pg_temp.one_number(phone text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(regexp_replace(regexp_replace(phone,
               '^\+55([1-9][0-9])([6-9][0-9]{7})$', '+55\19\2'),
               '^\+521([0-9]{10})$', '+52\1'),
               '^\+54([1-8][0-9]{9})$', '+549\1')
$$;

CREATE FUNCTION pg_temp.resolve_second(kept_id bigint, other_id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first  helpdesk.ticket;
    second helpdesk.ticket;
    note   text;
BEGIN
    SELECT * INTO first FROM helpdesk.ticket
     WHERE whatsapp_user_id IN (kept_id, other_id) AND status IN ('open', 'in_progress') ORDER BY id LIMIT 1;
    SELECT * INTO second FROM helpdesk.ticket
     WHERE whatsapp_user_id IN (kept_id, other_id) AND status IN ('open', 'in_progress') ORDER BY id OFFSET 1 LIMIT 1;
    IF second.id IS NULL THEN
        RETURN;
    END IF;
    note := format('One customer wrote under two forms of a number: goes on in %s', first.code);
    UPDATE helpdesk.ticket SET status = 'in_progress' WHERE id = second.id AND status = 'open';
    UPDATE helpdesk.ticket SET status = 'resolved', resolution_notes = note, resolved_at = now() WHERE id = second.id;
    INSERT INTO helpdesk.ticket_activity (ticket_id, activity_type, description)
         VALUES (second.id, 'status_updated', note),
                (first.id, 'note_added', format('The same customer''s ticket %s was joined with this one', second.code));
END $$;

CREATE FUNCTION pg_temp.join_customers(kept_id bigint, other_id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    other helpdesk.whatsapp_user;
    one   record;
BEGIN
    SELECT * INTO other FROM helpdesk.whatsapp_user WHERE id = other_id;
    PERFORM pg_temp.resolve_second(kept_id, other_id);
    FOR one IN SELECT c.conrelid::regclass AS referrer, a.attname AS place
                 FROM pg_constraint c
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                WHERE c.confrelid = 'helpdesk.whatsapp_user'::regclass AND c.contype = 'f'
    LOOP
        EXECUTE format('UPDATE %s SET %I = $1 WHERE %I = $2', one.referrer, one.place, one.place)
          USING kept_id, other_id;
    END LOOP;
    UPDATE helpdesk.whatsapp_user u
       SET name = coalesce(u.name, other.name),
           merchant_id = coalesce(u.merchant_id, other.merchant_id),
           opted_out_at = coalesce(u.opted_out_at, other.opted_out_at),
           wa_id = CASE WHEN coalesce(other.last_inbound_at > u.last_inbound_at, u.last_inbound_at IS NULL)
                        THEN substr(other.phone, 2) ELSE substr(u.phone, 2) END,
           last_inbound_at = greatest(u.last_inbound_at, other.last_inbound_at),
           created_at = least(u.created_at, other.created_at)
     WHERE u.id = kept_id;
    DELETE FROM helpdesk.whatsapp_user WHERE id = other_id;
    INSERT INTO helpdesk.whatsapp_user_tally VALUES (other.merchant_id IS NOT NULL, -1);
END $$;

DO $$
DECLARE
    pair record;
BEGIN
    FOR pair IN SELECT other.id, other.phone, pg_temp.one_number(other.phone) AS one, kept.id AS kept_id
                  FROM helpdesk.whatsapp_user other
                  LEFT JOIN helpdesk.whatsapp_user kept ON kept.phone = pg_temp.one_number(other.phone)
                 WHERE (other.phone LIKE '+55%' OR other.phone LIKE '+521%' OR other.phone LIKE '+54%')
                   AND pg_temp.one_number(other.phone) <> other.phone
                 ORDER BY other.id
    LOOP
        BEGIN
            IF pair.kept_id IS NULL THEN
                UPDATE helpdesk.whatsapp_user SET phone = pair.one, wa_id = substr(pair.phone, 2) WHERE id = pair.id;
            ELSE
                PERFORM pg_temp.join_customers(pair.kept_id, pair.id);
            END IF;
            UPDATE helpdesk.ticket SET phone = pair.one WHERE whatsapp_user_id = coalesce(pair.kept_id, pair.id);
        EXCEPTION WHEN integrity_constraint_violation THEN
            RAISE WARNING 'WhatsApp users % and % are one person and could not be joined: %', pair.kept_id, pair.id, SQLERRM;
        END;
    END LOOP;
END $$;

DELETE FROM helpdesk.testing_whitelist w
      WHERE pg_temp.one_number(w.phone) <> w.phone
        AND EXISTS (SELECT FROM helpdesk.testing_whitelist k WHERE k.phone = pg_temp.one_number(w.phone));
UPDATE helpdesk.testing_whitelist SET phone = pg_temp.one_number(phone) WHERE pg_temp.one_number(phone) <> phone;

UPDATE helpdesk.broadcast_recipient r
   SET outcome = 'failed', error = 'The same number is in this broadcast twice'
 WHERE r.outcome IS NULL AND r.outbound_id IS NULL AND pg_temp.one_number(r.phone) <> r.phone
   AND EXISTS (SELECT FROM helpdesk.broadcast_recipient k
                WHERE k.broadcast_id = r.broadcast_id AND k.phone = pg_temp.one_number(r.phone));
UPDATE helpdesk.broadcast_recipient SET phone = pg_temp.one_number(phone)
 WHERE outcome IS NULL AND outbound_id IS NULL AND pg_temp.one_number(phone) <> phone;
