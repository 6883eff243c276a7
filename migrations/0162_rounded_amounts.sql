-- The same amounts, rounded as part of the statement: a function that is STRICT and not strict inside is called for each
-- booking that is written.

CREATE OR REPLACE FUNCTION marketplace.rounded_amount(minor bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT minor - minor % CASE WHEN minor < 1000 THEN 1
                                WHEN minor < 10000 THEN 10
                                WHEN minor < 100000 THEN 100
                                WHEN minor < 1000000 THEN 1000
                                WHEN minor < 10000000 THEN 10000
                                ELSE (10 ^ (length(minor::text) - 3))::bigint END
$$;
