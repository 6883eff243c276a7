-- Writes down, at the moment of each commit, what the product's own rules never see together: who promised a payout,
-- who changed the account, what the account and the claim were when money left. Only for the walk of the payouts.

CREATE TABLE tests.moved (payout_id text NOT NULL, was text, became text NOT NULL);
CREATE TABLE tests.wrong (payout_id text NOT NULL, what text NOT NULL);

CREATE FUNCTION tests.note_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO tests.moved VALUES (NEW.id, CASE TG_OP WHEN 'UPDATE' THEN OLD.status END, NEW.status);
    IF TG_OP = 'UPDATE' AND NEW.status = 'processing' AND OLD.held_because IS NOT NULL
       AND coalesce(OLD.held_until > clock_timestamp(), true) THEN
        INSERT INTO tests.wrong VALUES (NEW.id, 'a held payout left');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_insert AFTER INSERT ON shield.payout FOR EACH ROW EXECUTE FUNCTION tests.note_move();
CREATE TRIGGER note_move AFTER UPDATE OF status ON shield.payout FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION tests.note_move();

CREATE FUNCTION tests.promisers(payout text) RETURNS TABLE (staff_id bigint, at timestamptz) LANGUAGE sql
SECURITY DEFINER AS $$
    SELECT actor_id, at FROM kernel.audit_entry
     WHERE product = 'shield' AND subject = 'payout:' || payout AND action IN ('payout.created', 'payout.retried')
$$;

CREATE FUNCTION tests.not_payable(member text, staff bigint[]) RETURNS SETOF text LANGUAGE sql
SECURITY DEFINER AS $$
    SELECT 'to somebody who left for ' || reason FROM shield.deactivation
     WHERE member_id = member AND ended_at IS NULL AND took_effect_at IS NOT NULL AND reason IN ('fraud', 'deceased')
     UNION ALL
    SELECT 'to an account that is not verified' FROM shield.bank_account
     WHERE member_id = member AND verified_at IS NULL
     UNION ALL
    SELECT 'to an account on hold' FROM shield.bank_account WHERE member_id = member AND hold_until > now()
     UNION ALL
    SELECT 'to an account that waits for its correction' FROM shield.bank_account
     WHERE member_id = member AND correction_pending
     UNION ALL
    SELECT 'to an account that its promiser changed' FROM kernel.audit_entry
     WHERE product = 'shield' AND data_subject = 'shield:' || member AND action = 'banking.info_updated'
       AND actor_kind = 'staff' AND actor_id = ANY (staff) AND at > now() - interval '30 days'
$$;

CREATE FUNCTION tests.see_promise() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    payer bigint;
BEGIN
    SELECT staff_id INTO payer FROM tests.promisers(NEW.id) ORDER BY at DESC LIMIT 1;
    INSERT INTO tests.wrong
    SELECT NEW.id, 'promised ' || w.what FROM tests.not_payable(NEW.member_id, ARRAY[payer]) w (what)
     WHERE NEW.method <> 'check' OR w.what LIKE '%somebody%';
    INSERT INTO tests.wrong
    SELECT NEW.id, 'promised for a claim that is ' || c.status FROM shield.claim c
     WHERE c.id = NEW.claim_id AND c.status <> 'approved';
    INSERT INTO tests.wrong
    SELECT NEW.id, 'approved and promised by one person' FROM shield.claim c
     WHERE c.id = NEW.claim_id AND c.approved_by = payer
       AND 100000 < (SELECT sum(amount_minor) FROM shield.payout
                      WHERE claim_id = c.id AND status NOT IN ('failed', 'cancelled'));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER see_promise AFTER INSERT OR UPDATE OF status ON shield.payout DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status = 'pending') EXECUTE FUNCTION tests.see_promise();

CREATE FUNCTION tests.see_leaving() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO tests.wrong
    SELECT p.id, 'left ' || w.what
      FROM shield.payout p,
           tests.not_payable(p.member_id, ARRAY(SELECT staff_id FROM tests.promisers(p.id))) w (what)
     WHERE p.id = NEW.payout_id;
    INSERT INTO tests.wrong
    SELECT p.id, 'left for a claim that is ' || c.status FROM shield.payout p JOIN shield.claim c ON c.id = p.claim_id
     WHERE p.id = NEW.payout_id AND c.status <> 'approved';
    INSERT INTO tests.wrong
    SELECT p.id, 'left to another account than the member had' FROM shield.payout p
      JOIN shield.bank_account b ON b.member_id = p.member_id
     WHERE p.id = NEW.payout_id
       AND (NEW.account_last_four, NEW.routing_last_four) <> (b.account_last_four, b.routing_last_four);
    INSERT INTO tests.wrong
    SELECT p.id, 'left to an account that nobody promised and no third person confirmed' FROM shield.payout p
      JOIN shield.claim c ON c.id = p.claim_id JOIN shield.bank_account b ON b.member_id = p.member_id
     WHERE p.id = NEW.payout_id AND p.account_version <> b.version
       AND NOT EXISTS (SELECT FROM kernel.audit_entry
                        WHERE product = 'shield' AND subject = 'banking:' || b.id AND action = 'banking.confirmed'
                          AND actor_id <> c.approved_by AND after ->> 'version' = b.version::text);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER see_leaving AFTER INSERT ON shield.payout_attempt DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.rail <> 'by_hand') EXECUTE FUNCTION tests.see_leaving();

-- What is wrong with a member's claims and payouts now, in words: nothing, ever.
CREATE FUNCTION tests.broken(member text) RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS $$
    SELECT what || ': ' || payout_id FROM tests.wrong
     WHERE payout_id IN (SELECT id FROM shield.payout WHERE member_id = member)
     UNION ALL
    SELECT format('%s claim approved for %s, promised %s, paid %s, completed %s', c.status, c.amount_approved_minor,
                  p.live, c.amount_paid_minor, p.completed)
      FROM shield.claim c,
           LATERAL (SELECT coalesce(sum(amount_minor) FILTER (WHERE status NOT IN ('failed', 'cancelled')), 0) AS live,
                           coalesce(sum(amount_minor) FILTER (WHERE status = 'completed'), 0) AS completed
                      FROM shield.payout WHERE claim_id = c.id) p
     WHERE c.member_id = member
       AND (p.live > coalesce(c.amount_approved_minor, 0) OR p.completed <> c.amount_paid_minor
            OR (c.status = 'paid') <> (p.completed > 0 AND p.completed = c.amount_approved_minor))
     UNION ALL
    SELECT format('approved %s of a coverage of %s', sum(c.amount_approved_minor), max(l.coverage_amount_minor))
      FROM shield.claim c JOIN shield.plan l ON l.id = c.plan_id
     WHERE c.member_id = member AND c.coverage_id IS NOT NULL
     GROUP BY c.coverage_id HAVING sum(c.amount_approved_minor) > max(l.coverage_amount_minor)
     UNION ALL
    SELECT format('a payout is %s and its last try %s', p.status, a.status)
      FROM shield.payout p,
           LATERAL (SELECT status FROM shield.payout_attempt WHERE payout_id = p.id ORDER BY number DESC LIMIT 1) a
     WHERE p.member_id = member
       AND NOT (p.status = 'completed' AND p.completed_by IS NOT NULL AND a.status = 'sent')
       AND (p.status, a.status) NOT IN (('processing', 'intended'), ('processing', 'sent'), ('completed', 'settled'),
                                        ('failed', 'returned'), ('pending', 'returned'), ('cancelled', 'returned'),
                                        ('failed', 'rejected'), ('pending', 'rejected'), ('cancelled', 'rejected'))
     UNION ALL
    SELECT 'two tries of one payout stand: ' || p.id
      FROM shield.payout p JOIN shield.payout_attempt a ON a.payout_id = p.id AND a.status NOT IN ('returned', 'rejected')
     WHERE p.member_id = member GROUP BY p.id HAVING count(*) > 1
     UNION ALL
    SELECT 'promised and completed by one person: ' || id
      FROM shield.payout
     WHERE member_id = member AND completed_by IN (SELECT staff_id FROM tests.promisers(id))
     UNION ALL
    SELECT format('%s: %s %s times, in the audit log %s times', payout_id, act, m.number, e.number)
      FROM (SELECT payout_id, count(*) AS number,
                   CASE WHEN was IS NULL THEN 'created' WHEN became = 'pending' THEN 'retried' ELSE became END AS act
              FROM tests.moved WHERE payout_id IN (SELECT id FROM shield.payout WHERE member_id = member)
             GROUP BY payout_id, act) m
      FULL JOIN (SELECT substr(subject, 8) AS payout_id, substr(action, 8) AS act, count(*) AS number
                   FROM kernel.audit_entry
                  WHERE product = 'shield' AND data_subject = 'shield:' || member AND action LIKE 'payout.%'
                    AND subject LIKE 'payout:payout_%'
                  GROUP BY payout_id, act) e USING (payout_id, act)
     WHERE m.number IS DISTINCT FROM e.number AND act NOT IN ('held', 'released')
$$;

GRANT USAGE ON SCHEMA tests TO backoffice_app;
GRANT SELECT ON tests.moved TO backoffice_app;
