-- Entries are found as people type: without accents, in any width and normal form, like everything else.

CREATE OR REPLACE FUNCTION helpdesk.knowledge_words(question text, keywords text[], answer text) RETURNS tsvector
LANGUAGE sql STABLE AS $$
    SELECT setweight(to_tsvector('english', title) || to_tsvector('simple', title), 'A')
           || setweight(to_tsvector('english', body) || to_tsvector('simple', body), 'C')
      FROM (SELECT kernel.fold(concat_ws(' ', question, array_to_string(keywords, ' '))) AS title,
                   kernel.fold(answer) AS body) AS folded
$$;

UPDATE helpdesk.knowledge_index i
   SET words = helpdesk.knowledge_words(e.question, e.keywords, e.answer)
  FROM helpdesk.knowledge_entry e
 WHERE e.id = i.entry_id AND e.updated_at = i.made_from;
