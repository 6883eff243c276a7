-- Messages whose answering failed for good say so.

ALTER TABLE helpdesk.inbound ADD COLUMN problem text;
COMMENT ON COLUMN helpdesk.inbound.problem IS 'Why a message is no part of the conversation: not even keeping it worked.';
