-- A file for the bank that goes to an object store is on its way there outside any transaction. Until this moment nobody
-- rejects it: one that the bank may find is never one that we called rejected.

ALTER TABLE shield.nacha_file ADD COLUMN leaving_until timestamptz;
