-- Machines may keep their backups in different places: each takes only its own off the list.

ALTER TABLE kernel.backup ADD COLUMN place text;
COMMENT ON COLUMN kernel.backup.place IS 'Which place of backups has it, by the name that the place itself keeps; null before anybody looked.';
