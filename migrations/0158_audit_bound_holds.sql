-- Every audit entry is from before the months.
-- outside a transaction: it reads the whole table, while entries are written

ALTER TABLE kernel.audit_entry VALIDATE CONSTRAINT audit_entry_before_months;
