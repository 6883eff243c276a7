-- Money by day, kept as bookings are: what came counts on the day it was captured, what went back on the day it went.

ALTER TABLE marketplace.payment ADD COLUMN charged_back_at timestamptz;
COMMENT ON COLUMN marketplace.payment.charged_back_at IS 'When its first lost chargeback ended: the day on which what a bank took counts.';

CREATE OR REPLACE FUNCTION marketplace.count_payment(counted text) RETURNS void LANGUAGE sql AS $$
    UPDATE marketplace.payment p
       SET reserved_minor = n.reserved, refunded_minor = n.refunded, charged_back_minor = n.charged_back,
           charged_back_at = CASE WHEN n.charged_back > 0 THEN n.lost_at END,
           frozen_at = n.frozen_at,
           status = CASE WHEN n.refunded + n.charged_back = 0 THEN p.status
                         WHEN n.refunded + n.charged_back >= p.captured_minor THEN 'refunded'
                         ELSE 'partially_refunded' END
      FROM (SELECT o.id, r.reserved, r.refunded, c.frozen_at, c.lost_at,
                   least(c.lost, greatest(o.captured_minor - r.reserved - r.refunded, 0)) AS charged_back
              FROM marketplace.payment o
             CROSS JOIN LATERAL (
                   SELECT coalesce(sum(amount_minor) FILTER (WHERE status IN ('pending', 'approved')), 0)::bigint AS reserved,
                          coalesce(sum(amount_minor) FILTER (WHERE status = 'processed'), 0)::bigint AS refunded
                     FROM marketplace.refund WHERE payment_id = o.id) r
             CROSS JOIN LATERAL (
                   SELECT coalesce(sum(amount_minor) FILTER (WHERE status = 'lost'), 0)::bigint AS lost,
                          min(ended_at) FILTER (WHERE status = 'lost') AS lost_at,
                          min(opened_at) FILTER (WHERE status = 'open') AS frozen_at
                     FROM marketplace.chargeback WHERE payment_id = o.id) c
             WHERE o.id = counted) n
     WHERE p.id = n.id
$$;
UPDATE marketplace.payment p
   SET charged_back_at = (SELECT min(ended_at) FROM marketplace.chargeback WHERE payment_id = p.id AND status = 'lost')
 WHERE charged_back_minor > 0;

CREATE FUNCTION marketplace.fee_of(amount bigint, permille bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (amount * permille + 500) / 1000
$$;
COMMENT ON FUNCTION marketplace.fee_of IS 'What the platform keeps of a payment, half a minor unit up.';

CREATE INDEX payment_captured_idx ON marketplace.payment ((coalesce(completed_at, created_at))) WHERE captured_minor > 0;
CREATE INDEX payment_charged_back_idx ON marketplace.payment (charged_back_at) WHERE charged_back_minor > 0;
CREATE INDEX refund_processed_idx ON marketplace.refund ((coalesce(processed_at, decided_at))) WHERE status = 'processed';

CREATE VIEW marketplace.money_moved AS
    SELECT booking_id, method, coalesce(completed_at, created_at) AS at, 1::bigint AS transactions,
           captured_minor AS gross_minor, 0::bigint AS refunds_minor
      FROM marketplace.payment WHERE captured_minor > 0
     UNION ALL
    SELECT booking_id, method, charged_back_at, 0, 0, charged_back_minor
      FROM marketplace.payment WHERE charged_back_minor > 0
     UNION ALL
    SELECT p.booking_id, p.method, coalesce(r.processed_at, r.decided_at), 0, 0, r.amount_minor
      FROM marketplace.refund r JOIN marketplace.payment p ON p.id = r.payment_id WHERE r.status = 'processed';
COMMENT ON VIEW marketplace.money_moved IS 'Each time that money came or went back, by a refund or by a bank, and when.';

CREATE TABLE marketplace.revenue_delta (
    day              date NOT NULL,
    vendor_id        bigint NOT NULL,
    category         text NOT NULL,
    city             text,
    method           text NOT NULL,
    transactions     bigint NOT NULL,
    gross_minor      bigint NOT NULL,
    fees_minor       bigint NOT NULL,
    refunds_minor    bigint NOT NULL
);
COMMENT ON TABLE marketplace.revenue_delta IS
    'What writes changed and no sum holds yet: every change appends its difference, a job folds the rows.';

CREATE TABLE marketplace.revenue_day (
    category         text NOT NULL,
    city             text NOT NULL,
    day              date NOT NULL,
    method           text NOT NULL,
    transactions     bigint NOT NULL,
    gross_minor      bigint NOT NULL,
    fees_minor       bigint NOT NULL,
    refunds_minor    bigint NOT NULL,
    PRIMARY KEY (category, city, day, method) INCLUDE (transactions, gross_minor, fees_minor, refunds_minor)
);
COMMENT ON TABLE marketplace.revenue_day IS 'Sums of money by UTC day, of each category, each city, both, and all: '''' is all.';

CREATE TABLE marketplace.revenue_month (
    city             text NOT NULL,
    method           text NOT NULL,
    month            date NOT NULL,
    vendor_id        bigint NOT NULL,
    category         text NOT NULL,
    transactions     bigint NOT NULL,
    gross_minor      bigint NOT NULL,
    PRIMARY KEY (city, method, month, vendor_id, category) INCLUDE (transactions, gross_minor)
);
COMMENT ON TABLE marketplace.revenue_month IS
    'Sums of what came by month, vendor and category, of all, by each method, and by each method in each city: '''' is all.';

-- Every way of writing appends -----------------------------------------------------------------------------------

CREATE FUNCTION marketplace.note_payments() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign bigint := TG_ARGV[0];
BEGIN
    INSERT INTO marketplace.revenue_delta
    SELECT marketplace.utc_day(m.at), b.vendor_id, s.category, marketplace.city_key(b.city), m.method,
           sign * sum(m.transactions), sign * sum(m.gross_minor),
           sign * sum(marketplace.fee_of(m.gross_minor, b.commission_permille)), sign * sum(m.refunds_minor)
      FROM (SELECT booking_id, method, coalesce(completed_at, created_at) AS at, 1 AS transactions,
                   captured_minor AS gross_minor, 0 AS refunds_minor FROM changed WHERE captured_minor > 0
             UNION ALL
            SELECT booking_id, method, charged_back_at, 0, 0, charged_back_minor FROM changed WHERE charged_back_minor > 0) m
      JOIN marketplace.booking b ON b.id = m.booking_id
      JOIN marketplace.service s ON s.id = b.service_id
     GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;
CREATE TRIGGER note_new AFTER INSERT ON marketplace.payment REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace.note_payments('1');
CREATE TRIGGER note_gone AFTER DELETE ON marketplace.payment REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace.note_payments('-1');

CREATE FUNCTION marketplace.note_money(booking text, method text, at timestamptz, sign bigint, gross bigint, refunds bigint)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO marketplace.revenue_delta
    SELECT marketplace.utc_day(at), b.vendor_id, s.category, marketplace.city_key(b.city), method,
           CASE WHEN gross > 0 THEN sign ELSE 0 END, sign * gross,
           sign * marketplace.fee_of(gross, b.commission_permille), sign * refunds
      FROM marketplace.booking b JOIN marketplace.service s ON s.id = b.service_id
     WHERE b.id = booking AND (gross > 0 OR refunds > 0)
$$;
COMMENT ON FUNCTION marketplace.note_money IS 'What came or went back for a booking, added (sign 1) or taken away (-1).';

CREATE FUNCTION marketplace.note_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM marketplace.note_money(p.booking_id, p.method, p.at, p.sign, p.gross, p.refunds)
       FROM (VALUES
            (OLD.booking_id, OLD.method, coalesce(OLD.completed_at, OLD.created_at), -1, OLD.captured_minor, 0::bigint),
            (OLD.booking_id, OLD.method, OLD.charged_back_at, -1, 0, OLD.charged_back_minor),
            (NEW.booking_id, NEW.method, coalesce(NEW.completed_at, NEW.created_at), 1, NEW.captured_minor, 0),
            (NEW.booking_id, NEW.method, NEW.charged_back_at, 1, 0, NEW.charged_back_minor))
            AS p (booking_id, method, at, sign, gross, refunds);
    IF (OLD.booking_id, OLD.method) IS DISTINCT FROM (NEW.booking_id, NEW.method) THEN
        PERFORM marketplace.note_money(p.booking_id, p.method, coalesce(r.processed_at, r.decided_at), p.sign, 0, r.amount_minor)
           FROM marketplace.refund r
          CROSS JOIN (VALUES (OLD.booking_id, OLD.method, -1), (NEW.booking_id, NEW.method, 1)) AS p (booking_id, method, sign)
          WHERE r.payment_id = NEW.id AND r.status = 'processed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_change
    AFTER UPDATE OF booking_id, method, created_at, completed_at, captured_minor, charged_back_minor, charged_back_at
    ON marketplace.payment FOR EACH ROW
    WHEN ((OLD.captured_minor > 0 OR NEW.captured_minor > 0)
          AND (OLD.booking_id, OLD.method, OLD.created_at, OLD.completed_at, OLD.captured_minor, OLD.charged_back_minor,
               OLD.charged_back_at)
              IS DISTINCT FROM
              (NEW.booking_id, NEW.method, NEW.created_at, NEW.completed_at, NEW.captured_minor, NEW.charged_back_minor,
               NEW.charged_back_at))
    EXECUTE FUNCTION marketplace.note_payment();

CREATE FUNCTION marketplace.note_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.status = 'processed' THEN
        PERFORM marketplace.note_money(p.booking_id, p.method, coalesce(OLD.processed_at, OLD.decided_at), -1, 0, OLD.amount_minor)
           FROM marketplace.payment p WHERE p.id = OLD.payment_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.status = 'processed' THEN
        PERFORM marketplace.note_money(p.booking_id, p.method, coalesce(NEW.processed_at, NEW.decided_at), 1, 0, NEW.amount_minor)
           FROM marketplace.payment p WHERE p.id = NEW.payment_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_rows AFTER INSERT OR DELETE ON marketplace.refund
    FOR EACH ROW EXECUTE FUNCTION marketplace.note_refund();
CREATE TRIGGER note_change
    AFTER UPDATE OF status, amount_minor, payment_id, processed_at, decided_at ON marketplace.refund
    FOR EACH ROW WHEN (OLD.status = 'processed' OR NEW.status = 'processed') EXECUTE FUNCTION marketplace.note_refund();

CREATE FUNCTION marketplace.note_money_of_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO marketplace.revenue_delta
    SELECT marketplace.utc_day(m.at), b.vendor_id, s.category, marketplace.city_key(b.city), m.method,
           b.sign * m.transactions, b.sign * m.gross_minor,
           b.sign * marketplace.fee_of(m.gross_minor, b.commission_permille), b.sign * m.refunds_minor
      FROM (VALUES (OLD.vendor_id, OLD.service_id, OLD.city, OLD.commission_permille, -1::bigint),
                   (NEW.vendor_id, NEW.service_id, NEW.city, NEW.commission_permille, 1))
           AS b (vendor_id, service_id, city, commission_permille, sign)
      JOIN marketplace.service s ON s.id = b.service_id
     CROSS JOIN marketplace.money_moved m
     WHERE m.booking_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER note_money_of_booking
    AFTER UPDATE OF vendor_id, service_id, city, commission_permille ON marketplace.booking FOR EACH ROW
    WHEN ((OLD.vendor_id, OLD.service_id, OLD.city, OLD.commission_permille)
          IS DISTINCT FROM (NEW.vendor_id, NEW.service_id, NEW.city, NEW.commission_permille))
    EXECUTE FUNCTION marketplace.note_money_of_booking();

CREATE OR REPLACE FUNCTION marketplace.note_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever writes a booking or money reads the category then: the two must not cross. Services hardly ever change theirs.
    LOCK TABLE marketplace.booking, marketplace.payment, marketplace.refund IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO marketplace.booking_delta
    SELECT marketplace.utc_day(b.created_at), b.vendor_id, b.service_id, c.category, marketplace.city_key(b.city), b.status,
           c.sign * count(*), c.sign * sum(b.amount_minor)
      FROM marketplace.booking b
     CROSS JOIN (VALUES (OLD.category, -1::bigint), (NEW.category, 1)) AS c (category, sign)
     WHERE b.service_id = NEW.id
     GROUP BY 1, 2, 3, 4, 5, 6, c.sign;
    INSERT INTO marketplace.revenue_delta
    SELECT marketplace.utc_day(m.at), b.vendor_id, c.category, marketplace.city_key(b.city), m.method,
           c.sign * sum(m.transactions), c.sign * sum(m.gross_minor),
           c.sign * sum(marketplace.fee_of(m.gross_minor, b.commission_permille)), c.sign * sum(m.refunds_minor)
      FROM marketplace.booking b
      JOIN marketplace.money_moved m ON m.booking_id = b.id
     CROSS JOIN (VALUES (OLD.category, -1::bigint), (NEW.category, 1)) AS c (category, sign)
     WHERE b.service_id = NEW.id
     GROUP BY 1, 2, 3, 4, 5, c.sign;
    RETURN NULL;
END $$;

-- Differences become sums ----------------------------------------------------------------------------------------

CREATE FUNCTION marketplace.fold_revenue() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    folded bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('marketplace.revenue_day', 0));
    WITH taken AS (
        DELETE FROM marketplace.revenue_delta RETURNING *
    ), by_day AS (
        INSERT INTO marketplace.revenue_day AS kept
        SELECT CASE grouping(category) WHEN 1 THEN '' ELSE category END,
               CASE grouping(city) WHEN 1 THEN '' ELSE city END, day, method,
               sum(transactions), sum(gross_minor), sum(fees_minor), sum(refunds_minor)
          FROM taken
         GROUP BY GROUPING SETS ((day, method), (day, method, category), (day, method, city), (day, method, category, city))
        HAVING grouping(city) = 1 OR city IS NOT NULL
        ON CONFLICT (category, city, day, method) DO UPDATE
           SET transactions = kept.transactions + excluded.transactions, gross_minor = kept.gross_minor + excluded.gross_minor,
               fees_minor = kept.fees_minor + excluded.fees_minor, refunds_minor = kept.refunds_minor + excluded.refunds_minor
    ), by_month AS (
        INSERT INTO marketplace.revenue_month AS kept
        SELECT CASE grouping(city) WHEN 1 THEN '' ELSE city END, CASE grouping(method) WHEN 1 THEN '' ELSE method END,
               month, vendor_id, category, sum(transactions), sum(gross_minor)
          FROM (SELECT marketplace.month_of(day) AS month, * FROM taken) AS taken
         GROUP BY GROUPING SETS ((month, vendor_id, category), (month, vendor_id, category, method),
                                 (month, vendor_id, category, method, city))
        HAVING (grouping(city) = 1 OR city IS NOT NULL) AND (sum(transactions) <> 0 OR sum(gross_minor) <> 0)
        ON CONFLICT (city, method, month, vendor_id, category) DO UPDATE
           SET transactions = kept.transactions + excluded.transactions, gross_minor = kept.gross_minor + excluded.gross_minor
    ), moved AS (
        INSERT INTO marketplace.sum_version AS kept (figures, month)
        SELECT DISTINCT 'revenue', marketplace.month_of(day) FROM taken
        ON CONFLICT (figures, month) DO UPDATE SET version = kept.version + 1
    )
    SELECT count(*) INTO folded FROM taken;
    RETURN folded;
END $$;
COMMENT ON FUNCTION marketplace.fold_revenue IS
    'Moves differences into the sums in one statement: readers see the same figures before and after.';

CREATE FUNCTION marketplace.recount_revenue(first date, past date) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('marketplace.revenue_day', 0));
    WITH facts AS (
        SELECT marketplace.utc_day(m.at) AS day, b.vendor_id, s.category, marketplace.city_key(b.city) AS city, m.method,
               m.transactions, m.gross_minor, marketplace.fee_of(m.gross_minor, b.commission_permille) AS fees_minor,
               m.refunds_minor
          FROM marketplace.money_moved m
          JOIN marketplace.booking b ON b.id = m.booking_id
          JOIN marketplace.service s ON s.id = b.service_id
         WHERE m.at >= first::timestamp AT TIME ZONE 'UTC' AND m.at < past::timestamp AT TIME ZONE 'UTC'
         UNION ALL
        SELECT day, vendor_id, category, city, method, -transactions, -gross_minor, -fees_minor, -refunds_minor
          FROM marketplace.revenue_delta WHERE day >= first AND day < past
    ), days AS (
        SELECT category, city, day, method, sum(transactions) AS transactions, sum(gross_minor) AS gross_minor,
               sum(fees_minor) AS fees_minor, sum(refunds_minor) AS refunds_minor
          FROM (SELECT CASE grouping(category) WHEN 1 THEN '' ELSE category END AS category,
                       CASE grouping(city) WHEN 1 THEN '' ELSE city END AS city, day, method,
                       sum(transactions) AS transactions, sum(gross_minor) AS gross_minor,
                       sum(fees_minor) AS fees_minor, sum(refunds_minor) AS refunds_minor
                  FROM facts
                 GROUP BY GROUPING SETS ((day, method), (day, method, category), (day, method, city),
                                         (day, method, category, city))
                HAVING grouping(city) = 1 OR city IS NOT NULL
                 UNION ALL
                SELECT category, city, day, method, -transactions, -gross_minor, -fees_minor, -refunds_minor
                  FROM marketplace.revenue_day WHERE day >= first AND day < past) AS found
         GROUP BY category, city, day, method
        HAVING sum(transactions) <> 0 OR sum(gross_minor) <> 0 OR sum(fees_minor) <> 0 OR sum(refunds_minor) <> 0
    ), months AS (
        SELECT city, method, month, vendor_id, category, sum(transactions) AS transactions, sum(gross_minor) AS gross_minor
          FROM (SELECT CASE grouping(city) WHEN 1 THEN '' ELSE city END AS city,
                       CASE grouping(method) WHEN 1 THEN '' ELSE method END AS method, month, vendor_id, category,
                       sum(transactions) AS transactions, sum(gross_minor) AS gross_minor
                  FROM (SELECT marketplace.month_of(day) AS month, * FROM facts) AS facts
                 GROUP BY GROUPING SETS ((month, vendor_id, category), (month, vendor_id, category, method),
                                         (month, vendor_id, category, method, city))
                HAVING grouping(city) = 1 OR city IS NOT NULL
                 UNION ALL
                SELECT city, method, month, vendor_id, category, -transactions, -gross_minor
                  FROM marketplace.revenue_month WHERE month >= first AND month < past) AS found
         GROUP BY city, method, month, vendor_id, category
        HAVING sum(transactions) <> 0 OR sum(gross_minor) <> 0
    ), by_day AS (
        INSERT INTO marketplace.revenue_day AS kept SELECT * FROM days ORDER BY 1, 2, 3, 4
        ON CONFLICT (category, city, day, method) DO UPDATE
           SET transactions = kept.transactions + excluded.transactions, gross_minor = kept.gross_minor + excluded.gross_minor,
               fees_minor = kept.fees_minor + excluded.fees_minor, refunds_minor = kept.refunds_minor + excluded.refunds_minor
    ), by_month AS (
        INSERT INTO marketplace.revenue_month AS kept SELECT * FROM months ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (city, method, month, vendor_id, category) DO UPDATE
           SET transactions = kept.transactions + excluded.transactions, gross_minor = kept.gross_minor + excluded.gross_minor
    ), moved AS (
        INSERT INTO marketplace.sum_version AS kept (figures, month)
        SELECT 'revenue', marketplace.month_of(day) FROM days UNION SELECT 'revenue', month FROM months
        ON CONFLICT (figures, month) DO UPDATE SET version = kept.version + 1
    )
    SELECT (SELECT count(*) FROM days) + (SELECT count(*) FROM months) INTO wrong;
    RETURN wrong;
END $$;
COMMENT ON FUNCTION marketplace.recount_revenue IS 'Mends the sums of these whole months, as recount_bookings does. How many were wrong.';

-- Month by month: what one month takes fits into memory.
ALTER FUNCTION marketplace.recount_revenue SET work_mem = '64MB';
SELECT marketplace.recount_revenue(month::date, (month + interval '1 month')::date)
  FROM (SELECT marketplace.month_of(marketplace.utc_day(min(at))) AS first,
               marketplace.month_of(marketplace.utc_day(max(at))) AS last FROM marketplace.money_moved) AS known,
       generate_series(first::timestamp, last::timestamp, '1 month') AS month;
