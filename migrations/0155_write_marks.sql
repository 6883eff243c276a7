-- How many writes each member of staff has made: moved by each write, in the same transaction, where replicas are read.
-- A replica that shows a person's number shows all that they wrote. Without replicas the table stays empty.
-- One row a person, and no index on what moves: an update finds room on its own page and leaves no entry anywhere else.

CREATE TABLE kernel.write_mark (
    staff_id bigint PRIMARY KEY,
    number   bigint NOT NULL
) WITH (fillfactor = 50);
