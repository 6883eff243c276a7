-- Every difference that was listed before says as much as those listed since.

ALTER TABLE marketplace.refund_difference
    VALIDATE CONSTRAINT refund_difference_payment_fkey,
    VALIDATE CONSTRAINT refund_difference_kind_check,
    VALIDATE CONSTRAINT refund_difference_says_how_much,
    VALIDATE CONSTRAINT refund_difference_is_of_something;
