-- The addresses a member had lately. Whoever changed the address and then the bank account would tell only themselves.

CREATE TABLE shield.member_email (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id   text NOT NULL REFERENCES shield.member,
    email       text NOT NULL,
    until       timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE shield.member_email IS 'Former e-mail addresses of members, forgotten 30 days after they were left. Personal: whoever erases a member erases them here too.';
CREATE INDEX member_email_member_idx ON shield.member_email (member_id, until);

INSERT INTO shield.member_email (member_id, email, until)
     SELECT id, previous_email, email_changed_at FROM shield.member
      WHERE previous_email IS NOT NULL AND email_changed_at IS NOT NULL;
UPDATE shield.member SET previous_email = NULL, email_changed_at = NULL WHERE previous_email IS NOT NULL;
COMMENT ON COLUMN shield.member.previous_email IS 'Not used any more: see shield.member_email.';
COMMENT ON COLUMN shield.member.email_changed_at IS 'Not used any more: see shield.member_email.';

SELECT kernel.watch('shield.member_email');
