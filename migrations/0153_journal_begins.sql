-- The journal begins where it is: a database with years of seals does not tell all of them at its first look.

UPDATE kernel.journal_mark SET seal = greatest(seal, (SELECT coalesce(max(number), 0) FROM kernel.audit_seal));
