"""What no story that the demo tells may hold, each as a statement that finds it."""

IMPOSSIBLE = {
    "a booking whose last move is not its status": """
        SELECT b.id FROM marketplace.booking b
         WHERE b.status <> (SELECT became FROM marketplace.booking_move m WHERE m.booking_id = b.id
                             ORDER BY id DESC LIMIT 1)
    """,
    "a move before an earlier one, or after now": """
        SELECT booking_id FROM (SELECT booking_id, moved_at, lag(moved_at) OVER (PARTITION BY booking_id ORDER BY id)
                                  AS before FROM marketplace.booking_move) m
         WHERE moved_at < before OR moved_at > now()
    """,
    "a booking before its customer or its service was there": """
        SELECT b.id FROM marketplace.booking b JOIN marketplace.customer c ON c.id = b.customer_id
          JOIN marketplace.service s ON s.id = b.service_id
         WHERE b.created_at < c.registered_at OR b.created_at < s.created_at OR b.vendor_id <> s.vendor_id
    """,
    "a customer who booked ten times within the day on which they joined": """
        SELECT c.id FROM marketplace.customer c JOIN marketplace.booking b ON b.customer_id = c.id
         WHERE b.created_at < c.registered_at + interval '1 day'
         GROUP BY c.id HAVING count(*) >= 10
    """,
    "a payment of the future, or before its booking": """
        SELECT p.id FROM marketplace.payment p JOIN marketplace.booking b ON b.id = p.booking_id
         WHERE p.created_at < b.created_at OR p.created_at > now()
    """,
    "a booking that does not say what its payments say": """
        SELECT b.id FROM marketplace.booking b
          LEFT JOIN LATERAL (SELECT sum(captured_minor) AS paid, sum(refunded_minor) AS back
                               FROM marketplace.payment WHERE booking_id = b.id) p ON true
         WHERE b.payment_status IN ('paid', 'partially_refunded', 'refunded') <> (coalesce(p.paid, 0) > 0)
            OR (b.payment_status = 'refunded') <> (p.paid > 0 AND p.back = p.paid)
    """,
    "a payment that does not know its refunds": """
        SELECT p.id FROM marketplace.payment p
          LEFT JOIN marketplace.refund r ON r.payment_id = p.id
         GROUP BY p.id
        HAVING p.refunded_minor <> coalesce(sum(r.amount_minor) FILTER (WHERE r.status = 'processed'), 0)
            OR p.reserved_minor <> coalesce(sum(r.amount_minor) FILTER (WHERE r.status IN ('pending', 'approved')), 0)
    """,
    "a live dispute whose booking is not disputed, or one that is without it": """
        SELECT b.id FROM marketplace.booking b LEFT JOIN marketplace.dispute d ON d.booking_id = b.id
         WHERE (b.status = 'disputed') <> (coalesce(d.status, '') IN ('open', 'in_progress'))
    """,
    "a dispute whose timeline does not end where it stands": """
        SELECT d.id FROM marketplace.dispute d
         WHERE d.status <> 'open'
           AND d.status <> (SELECT details ->> 'status' FROM marketplace.dispute_event e
                             WHERE e.dispute_id = d.id AND e.event = 'status_changed' ORDER BY id DESC LIMIT 1)
    """,
    "a live dispute whose time ran out, or nearly, before the demo was loaded, and the clock did not see it then": """
        SELECT d.id FROM marketplace.dispute d
         WHERE d.is_live AND (
               d.resolution_deadline < now() - interval '10 minutes'
               AND d.escalated_at IS DISTINCT FROM d.resolution_deadline
            OR d.resolution_deadline < now() + interval '11 hours 50 minutes' AND d.reminded_at IS NULL)
    """,
    "a dispute whose timeline does not tell what the clock made of it": """
        SELECT d.id FROM marketplace.dispute d
         WHERE array_remove(ARRAY[d.reminded_at, d.escalated_at], NULL) <> coalesce(
               (SELECT array_agg(at ORDER BY id) FROM marketplace.dispute_event e
                 WHERE e.dispute_id = d.id AND event IN ('deadline_reminder', 'escalated')), '{}')
    """,
    "a refund of a dispute that gives nothing back": """
        SELECT r.id FROM marketplace.refund r JOIN marketplace.dispute d ON d.id = r.dispute_id
         WHERE d.resolution_type NOT IN ('full_refund', 'partial_refund') OR r.amount_minor <> d.refund_amount_minor
    """,
    "a review of a booking that was not done": """
        SELECT r.id FROM marketplace.review r JOIN marketplace.booking b ON b.id = r.booking_id
         WHERE b.completed_at IS NULL OR r.created_at < b.completed_at OR r.created_at > now()
    """,
    "a purse that is not the sum of its entries": """
        SELECT c.id FROM marketplace.customer c LEFT JOIN marketplace.wallet_entry w ON w.customer_id = c.id
         GROUP BY c.id
        HAVING c.wallet_minor <> coalesce(sum(w.amount) FILTER (WHERE w.ledger = 'wallet'), 0)
            OR c.loyalty_points <> coalesce(sum(w.amount) FILTER (WHERE w.ledger = 'loyalty'), 0)
    """,
    "a referral whose reward is not what the wallet got": """
        SELECT r.id::text FROM marketplace.referral r
          FULL JOIN (SELECT * FROM marketplace.wallet_entry WHERE cause = 'referral') w
                 ON w.about = 'referral:' || r.id
         WHERE coalesce(r.paid_minor, 0) <> coalesce(w.amount, 0) OR (r.paid_minor > 0) <> (r.status = 'paid')
            OR w.customer_id <> r.referrer_id OR w.at <> r.credited_at
    """,
    "a referral that was decided before it was held, or after now": """
        SELECT id::text FROM marketplace.referral
         WHERE decided_at NOT BETWEEN completed_at AND now() OR decision = 'released' AND status <> 'paid'
            OR (decision = 'rejected') <> (coalesce(ended_because, '') = 'rejected')
    """,
    "somebody brought by whoever came later, or after they booked": """
        SELECT r.id::text FROM marketplace.referral r JOIN marketplace.customer o ON o.id = r.referrer_id
          JOIN marketplace.customer c ON c.id = r.referred_id
         WHERE o.registered_at >= r.created_at OR c.registered_at <> r.created_at OR r.completed_at > now()
    """,
    "a code that miscounts": """
        SELECT k.code FROM marketplace.referral_code k LEFT JOIN marketplace.referral r ON r.code = k.code
         GROUP BY k.code HAVING (k.referrals, k.earned_minor) <> (count(r.id), sum(r.paid_minor - r.taken_minor))
    """,
    "a vendor whose stars are not those of the reviews": """
        SELECT v.id FROM marketplace.vendor v
          LEFT JOIN marketplace.review r ON r.vendor_id = v.id AND r.status = 'published'
         GROUP BY v.id HAVING v.reviews <> count(r.id) OR v.ratings <> coalesce(sum(r.rating), 0)
    """,
    "a customer who signed in, and no word of when, from where and with what": """
        SELECT c.id FROM marketplace.customer c
          LEFT JOIN LATERAL (SELECT count(*) AS times, max(at) AS last FROM marketplace.activity a
                              WHERE a.customer_id = c.id AND type = 'login' AND is_success AND at >= c.registered_at
                                AND a.ip_address IS NOT NULL AND a.device_type = c.device_type
                                AND a.location IS NOT NULL) a ON true
         WHERE c.last_login_at IS DISTINCT FROM a.last OR a.times NOT BETWEEN 1 AND c.logins
    """,
    "an open session of somebody who may not sign in, or more than the last one": """
        SELECT s.id FROM marketplace.session s JOIN marketplace.customer c ON c.id = s.customer_id
         WHERE s.ended_at IS NULL AND (c.status <> 'active' OR s.last_activity_at <> c.last_active_at)
         UNION ALL
        SELECT min(id) FROM marketplace.session WHERE ended_at IS NULL GROUP BY customer_id HAVING count(*) > 1
    """,
    "something said or shown that the timeline does not tell, or before the dispute": """
        SELECT d.id FROM marketplace.dispute d
          LEFT JOIN LATERAL (SELECT count(*) AS told FROM marketplace.dispute_event e WHERE e.dispute_id = d.id
                                AND e.event IN ('message_added', 'evidence_added')) e ON true
          LEFT JOIN LATERAL (SELECT count(*) AS said, min(at) AS first, max(at) AS last FROM (
                SELECT created_at AS at FROM marketplace.dispute_message WHERE dispute_id = d.id
                UNION ALL SELECT uploaded_at FROM marketplace.dispute_evidence WHERE dispute_id = d.id) m) m ON true
         WHERE e.told <> m.said OR m.first < d.created_at OR m.last > now()
    """,
    "a decision that its history does not hold": """
        SELECT d.id FROM marketplace.dispute d LEFT JOIN marketplace.dispute_decision e ON e.dispute_id = d.id
         WHERE (d.status IN ('resolved', 'closed', 'rejected')) <> (e.id IS NOT NULL)
            OR d.resolution_type IS DISTINCT FROM e.resolution_type OR d.resolved_at IS DISTINCT FROM e.decided_at
    """,
    "something verified before anybody was there, or after now": """
        SELECT id FROM marketplace.customer
         WHERE least(email_verified_at, phone_verified_at, identity_verified_at) < registered_at
            OR greatest(email_verified_at, phone_verified_at, identity_verified_at) > now()
    """,
    "a takedown request before its review, of another vendor, or resolved before it was asked for": """
        SELECT q.id FROM marketplace.takedown_request q JOIN marketplace.review r ON r.id = q.review_id
         WHERE q.created_at < r.created_at OR (q.vendor_id, q.customer_id) <> (r.vendor_id, r.customer_id)
            OR q.resolved_at < q.created_at OR greatest(q.resolved_at, q.appealed_at, q.created_at) > now()
    """,
    "a review that is not seen as its last moderation left it": """
        SELECT r.id FROM marketplace.review r
          LEFT JOIN LATERAL (SELECT became FROM marketplace.review_moderation m WHERE m.review_id = r.id
                              ORDER BY at DESC, id DESC LIMIT 1) m ON true
         WHERE r.status <> coalesce(m.became, 'published')
    """,
    "a resolved request that its history does not hold, or decided twice by one": """
        SELECT q.id FROM marketplace.takedown_request q
          LEFT JOIN LATERAL (SELECT decision, staff_id, decided_at FROM marketplace.takedown_decision d
                              WHERE d.request_id = q.id ORDER BY id DESC LIMIT 1) d ON true
         WHERE q.status <> 'open' AND (q.status <> d.decision || 'ed' OR q.resolved_at <> d.decided_at)
            OR (q.status = 'open' AND q.appealed_at IS NULL) <> (d.decision IS NULL)
         UNION ALL
        SELECT request_id FROM marketplace.takedown_decision GROUP BY 1 HAVING count(*) <> count(DISTINCT staff_id)
    """,
    "evidence that the timeline does not tell": """
        SELECT q.id FROM marketplace.takedown_request q
         WHERE (SELECT count(*) FROM marketplace.takedown_evidence e WHERE e.request_id = q.id)
            <> (SELECT count(*) FROM marketplace.takedown_event e
                 WHERE e.request_id = q.id AND event = 'evidence_added')
    """,
    "a search that is not folded, or opened more than it was made": """
        SELECT term FROM marketplace.search_day
         WHERE term <> kernel.fold(term) OR clicks > searches OR without_results > searches
            OR day > (now() AT TIME ZONE 'UTC')::date
    """,
    "a day on which other services were opened than searches led to": """
        SELECT s.day::text FROM (SELECT day, sum(clicks) AS clicks FROM marketplace.search_day GROUP BY 1) s
          JOIN (SELECT day, sum(clicks) AS clicks FROM marketplace.shown_day GROUP BY 1) o USING (day)
         WHERE s.clicks <> o.clicks
    """,
    "an answer to a review before it, or after now": """
        SELECT id FROM marketplace.review
         WHERE vendor_responded_at NOT BETWEEN created_at AND now()
            OR (vendor_response IS NULL) <> (vendor_responded_at IS NULL)
    """,
    "a total that is not the bookings'": """
        SELECT status FROM (SELECT status, sum(bookings) AS told FROM marketplace.booking_tally GROUP BY 1) t
          FULL JOIN (SELECT status, count(*) AS there FROM marketplace.booking GROUP BY 1) b USING (status)
         WHERE told IS DISTINCT FROM there
    """,
}
