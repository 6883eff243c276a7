-- What a column may say is what the code may say. Rows from before are not looked at again: no code wrote other words.

ALTER TABLE helpdesk.ticket_activity DROP CONSTRAINT ticket_activity_activity_type_check;
ALTER TABLE helpdesk.ticket_activity ADD CONSTRAINT ticket_activity_activity_type_check
    CHECK (activity_type IN ('created', 'assigned', 'reassigned', 'status_updated', 'category_updated', 'note_added',
                             'unassigned', 'replied')) NOT VALID;
ALTER TABLE shield.bank_record ADD CONSTRAINT bank_record_cause_check
    CHECK (cause IN ('return', 'correction', 'second_correction', 'other_notice', 'dishonored', 'contested', 'other_kind',
                     'unknown_code', 'wrong_record', 'other_amount', 'second_return', 'file_rejected', 'unknown_trace',
                     'balancing_entry', 'no_reason', 'unreadable')) NOT VALID;
ALTER TABLE shield.bank_record ADD CONSTRAINT bank_record_decision_check
    CHECK (decision IN ('no_action', 'settled_with_bank', 'payment_stands', 'money_returned', 'applied')) NOT VALID;
ALTER TABLE kernel.audit_entry ADD CONSTRAINT audit_entry_actor_kind_check
    CHECK (actor_kind IN ('staff', 'platform', 'system')) NOT VALID;
