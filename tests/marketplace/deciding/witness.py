"""What must hold of one customer's money after whatever happened: each statement finds what does not."""

BROKEN = """
    SELECT jsonb_agg(jsonb_build_object('payment', to_jsonb(p), 'counted', to_jsonb(n)))
      FROM marketplace.payment p
      JOIN marketplace.booking b ON b.id = p.booking_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(amount_minor) FILTER (WHERE status IN ('pending', 'approved')), 0) AS reserved,
                  coalesce(sum(amount_minor) FILTER (WHERE status = 'processed'), 0) AS refunded,
                  count(*) FILTER (WHERE status = 'approved' AND decided_at IS NULL) AS undecided
             FROM marketplace.refund WHERE payment_id = p.id) n
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(amount_minor) FILTER (WHERE status = 'lost'), 0) AS lost,
                  count(*) FILTER (WHERE status = 'open') AS open
             FROM marketplace.chargeback WHERE payment_id = p.id) c
     WHERE p.customer_id = %(id)s
       AND (p.reserved_minor <> n.reserved OR p.refunded_minor <> n.refunded OR n.undecided > 0
            OR p.charged_back_minor <> least(c.lost, p.captured_minor - n.reserved - n.refunded)
            OR p.reserved_minor + p.refunded_minor + p.charged_back_minor > p.captured_minor
            OR (p.frozen_at IS NULL) <> (c.open = 0)
            OR (p.status = 'refunded') <> (p.captured_minor > 0
                AND p.refunded_minor + p.charged_back_minor = p.captured_minor)
            OR (b.payment_status = 'refunded') <>
               (SELECT sum(captured_minor) > 0 AND sum(refunded_minor + charged_back_minor) = sum(captured_minor)
                  FROM marketplace.payment WHERE booking_id = b.id))
"""
ALONE = """
    SELECT count(*) FROM marketplace.refund r
     WHERE r.customer_id = %(id)s AND r.status IN ('approved', 'processed', 'failed') AND r.decided_by IS NOT NULL
       AND r.amount_minor > 10000000
       AND NOT EXISTS (SELECT FROM kernel.approval a JOIN kernel.approval_vote v ON v.approval_id = a.id
                        WHERE a.subject = r.id::text AND a.status = 'used'
                          AND (a.payload ->> 'amount_minor')::bigint = r.amount_minor
                          AND a.payload ->> 'payment_id' = r.payment_id
                        GROUP BY a.id HAVING count(DISTINCT v.staff_id) >= 2)
"""
WALLET = """
    SELECT wallet_minor - coalesce((SELECT sum(amount) FROM marketplace.wallet_entry WHERE customer_id = c.id), 0)
      FROM marketplace.customer c WHERE id = %(id)s
"""
GIVEN_BACK = """
    SELECT coalesce(jsonb_object_agg(r.id || CASE r.tries WHEN 1 THEN '' ELSE '.' || r.tries END, r.amount_minor), '{}')
      FROM marketplace.refund r JOIN marketplace.payment p ON p.id = r.payment_id
     WHERE r.customer_id = %(id)s AND r.status = 'processed' AND p.method <> 'wallet'
"""
ILLEGAL = """
    SELECT jsonb_agg(what) FROM (
        SELECT 'a booking that nobody disputes is disputed: ' || b.id AS what FROM marketplace.booking b
         WHERE customer_id = %(id)s AND status = 'disputed'
           AND NOT EXISTS (SELECT FROM marketplace.dispute d
                            WHERE d.booking_id = b.id AND d.status IN ('open', 'in_progress'))
        UNION ALL
        SELECT 'a booking is not what it became last: ' || b.id FROM marketplace.booking b
         WHERE customer_id = %(id)s
           AND status <> (SELECT became FROM marketplace.booking_move m WHERE m.booking_id = b.id
                           ORDER BY id DESC LIMIT 1)
        UNION ALL
        SELECT 'a dispute is decided before its refund is: ' || d.id FROM marketplace.dispute d
         WHERE customer_id = %(id)s AND status IN ('resolved', 'closed', 'rejected')
           AND EXISTS (SELECT FROM marketplace.refund r WHERE r.dispute_id = d.id AND r.status = 'pending')
        UNION ALL
        SELECT 'a dispute is resolved with money that nobody gives: ' || d.id FROM marketplace.dispute d
         WHERE customer_id = %(id)s AND status = 'resolved' AND resolution_type IN ('full_refund', 'partial_refund')
           AND NOT EXISTS (SELECT FROM marketplace.refund r WHERE r.dispute_id = d.id
                              AND r.status IN ('approved', 'processed', 'failed'))
        UNION ALL
        SELECT 'a wallet has not what was granted: ' || c.id FROM marketplace.customer c
         WHERE id = %(id)s
           AND coalesce((SELECT sum(amount_minor) FROM marketplace.goodwill g
                          WHERE g.customer_id = c.id AND g.status = 'granted'), 0)
               <> coalesce((SELECT sum(amount) FROM marketplace.wallet_entry w
                             WHERE w.customer_id = c.id AND w.cause = 'goodwill'), 0)
        UNION ALL
        SELECT 'much goodwill by one person: ' || g.id FROM marketplace.goodwill g
         WHERE customer_id = %(id)s AND status = 'granted' AND amount_minor > 10000000
           AND NOT EXISTS (SELECT FROM kernel.approval a JOIN kernel.approval_vote v ON v.approval_id = a.id
                            WHERE a.subject = g.id::text AND a.status = 'used'
                            GROUP BY a.id HAVING count(DISTINCT v.staff_id) >= 2)
        UNION ALL
        SELECT 'money came late, and nobody is told: ' || p.id FROM marketplace.payment p
          JOIN marketplace.booking b ON b.id = p.booking_id
         WHERE p.customer_id = %(id)s AND captured_minor > 0 AND captured_late IS NULL
           AND 1 < (SELECT count(*) FROM marketplace.payment o WHERE o.booking_id = b.id AND o.captured_minor > 0
                       AND o.captured_late IS NULL)
    ) odd
"""
