-- The dashboard knows an entry by a number. KB007 becomes 7, 12 stays 12; what was no number gets the next free ones.

ALTER TABLE helpdesk.knowledge_entry DROP CONSTRAINT knowledge_entry_question_id_check;
ALTER TABLE helpdesk.knowledge_entry DISABLE TRIGGER touch; -- the index would call itself stale

WITH written AS (
    SELECT id, substring(question_id FROM '^(?:KB)?0*([1-9][0-9]{0,8})$')::bigint AS number
      FROM helpdesk.knowledge_entry
), first AS (
    SELECT id, number, number IS NOT NULL AND row_number() OVER (PARTITION BY number ORDER BY id) = 1 AS keeps
      FROM written
), numbered AS (
    SELECT id,
           CASE WHEN keeps THEN number
                ELSE (SELECT coalesce(max(number), 0) FROM written)
                     + row_number() OVER (PARTITION BY keeps ORDER BY id)
           END AS number
      FROM first
)
UPDATE helpdesk.knowledge_entry e
   SET question_id = 'was ' || n.number
  FROM numbered n
 WHERE n.id = e.id;

UPDATE helpdesk.knowledge_entry SET question_id = substring(question_id, 5);

ALTER TABLE helpdesk.knowledge_entry ENABLE TRIGGER touch;

ALTER TABLE helpdesk.knowledge_entry ALTER COLUMN question_id TYPE bigint USING question_id::bigint;
ALTER TABLE helpdesk.knowledge_entry
    ADD CONSTRAINT knowledge_entry_question_id_check CHECK (question_id BETWEEN 1 AND 999999999);
