-- What is looked for through indexes and cut short is mostly few rows, found in a tenth of a millisecond. PostgreSQL can't
-- tell beforehand, and beginning parallel workers for it takes six.

CREATE FUNCTION kernel.by_one(rows bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL UNSAFE AS
    'BEGIN RETURN rows; END';
COMMENT ON FUNCTION kernel.by_one(bigint) IS 'So many rows at the most (LIMIT), of a statement that no parallel worker helps with.';
