-- What broadcasts came to stands apart from the differences still to be folded: the fold touches only what is new.

CREATE TABLE helpdesk.broadcast_total (
    broadcast_id   bigint NOT NULL REFERENCES helpdesk.broadcast,
    outcome        text NOT NULL,
    recipients     bigint NOT NULL,
    PRIMARY KEY (broadcast_id, outcome)
);
COMMENT ON TABLE helpdesk.broadcast_total IS 'Sums of broadcast_tally, whose rows a job adds here and takes away.';

WITH taken AS (
    DELETE FROM helpdesk.broadcast_tally RETURNING broadcast_id, outcome, recipients
)
INSERT INTO helpdesk.broadcast_total (broadcast_id, outcome, recipients)
     SELECT broadcast_id, outcome, sum(recipients) FROM taken GROUP BY broadcast_id, outcome;

CREATE VIEW helpdesk.broadcast_outcome AS
    SELECT broadcast_id, outcome, recipients FROM helpdesk.broadcast_total
     UNION ALL
    SELECT broadcast_id, outcome, recipients FROM helpdesk.broadcast_tally;
COMMENT ON VIEW helpdesk.broadcast_outcome IS 'How many were sent and failed, up to this moment: to be added up.';
