-- Bookings by day, kept as sums. A write appends what it changes; a job folds that into sums by day, and by month and
-- service for the lists of the best. So nobody waits for anybody, and every figure is what the rows say at that moment.

CREATE FUNCTION marketplace.utc_day(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (at AT TIME ZONE 'UTC')::date
$$;
CREATE FUNCTION marketplace.month_of(day date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT date_trunc('month', day::timestamp)::date
$$;
CREATE FUNCTION marketplace.city_key(city text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '=' || kernel.fold(city)
$$;
COMMENT ON FUNCTION marketplace.city_key IS
    'How sums name a city, whatever its letters. NULL where a booking has none; '''' is never a city: it stands for all.';

CREATE TABLE marketplace.booking_delta (
    day             date NOT NULL,
    vendor_id       bigint NOT NULL,
    service_id      text NOT NULL,
    category        text NOT NULL,
    city            text,
    status          text NOT NULL,
    bookings        bigint NOT NULL,
    amount_minor    bigint NOT NULL
);
COMMENT ON TABLE marketplace.booking_delta IS
    'What writes changed and no sum holds yet: every change appends its difference, a job folds the rows.';

CREATE TABLE marketplace.booking_day (
    category        text NOT NULL,
    city            text NOT NULL,
    day             date NOT NULL,
    status          text NOT NULL,
    bookings        bigint NOT NULL,
    amount_minor    bigint NOT NULL,
    PRIMARY KEY (category, city, day, status) INCLUDE (bookings, amount_minor)
);
COMMENT ON TABLE marketplace.booking_day IS
    'Sums of bookings by the UTC day on which they were made, of each category, each city, both, and all: '''' is all.';

CREATE TABLE marketplace.booking_month (
    city            text NOT NULL,
    status          text NOT NULL,
    month           date NOT NULL,
    service_id      text NOT NULL,
    vendor_id       bigint NOT NULL,
    bookings        bigint NOT NULL,
    amount_minor    bigint NOT NULL,
    PRIMARY KEY (city, status, month, service_id, vendor_id) INCLUDE (bookings, amount_minor)
);
COMMENT ON TABLE marketplace.booking_month IS
    'Sums of bookings by month and service, of all, of each status, and of each status in each city: '''' is all. A year of a service is twelve rows.';

CREATE TABLE marketplace.sum_version (
    figures    text NOT NULL,
    month      date NOT NULL,
    version    bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (figures, month)
);
COMMENT ON TABLE marketplace.sum_version IS
    'Moves with the sums of a month: what was made of them before holds until then.';

-- Every way of writing appends: rows that come or go in sets, rows that change one by one, and a service that changes its
-- category with all that was booked of it.

CREATE FUNCTION marketplace.note_bookings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign bigint := TG_ARGV[0];
BEGIN
    INSERT INTO marketplace.booking_delta
    SELECT marketplace.utc_day(b.created_at), b.vendor_id, b.service_id, s.category, marketplace.city_key(b.city), b.status,
           sign * count(*), sign * sum(b.amount_minor)
      FROM changed b JOIN marketplace.service s ON s.id = b.service_id
     GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END $$;
CREATE TRIGGER note_new AFTER INSERT ON marketplace.booking REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace.note_bookings('1');
CREATE TRIGGER note_gone AFTER DELETE ON marketplace.booking REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace.note_bookings('-1');

CREATE FUNCTION marketplace.note_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO marketplace.booking_delta
    SELECT marketplace.utc_day(b.created_at), b.vendor_id, b.service_id, s.category, marketplace.city_key(b.city), b.status,
           b.sign, b.sign * b.amount_minor
      FROM (VALUES (OLD.created_at, OLD.vendor_id, OLD.service_id, OLD.city, OLD.status, OLD.amount_minor, -1::bigint),
                   (NEW.created_at, NEW.vendor_id, NEW.service_id, NEW.city, NEW.status, NEW.amount_minor, 1))
           AS b (created_at, vendor_id, service_id, city, status, amount_minor, sign)
      JOIN marketplace.service s ON s.id = b.service_id;
    RETURN NULL;
END $$;
CREATE TRIGGER note_change
    AFTER UPDATE OF created_at, vendor_id, service_id, city, status, amount_minor ON marketplace.booking
    FOR EACH ROW WHEN (OLD.created_at <> NEW.created_at OR OLD.vendor_id <> NEW.vendor_id
                       OR OLD.service_id <> NEW.service_id OR OLD.city IS DISTINCT FROM NEW.city
                       OR OLD.status <> NEW.status OR OLD.amount_minor <> NEW.amount_minor)
    EXECUTE FUNCTION marketplace.note_booking();

CREATE FUNCTION marketplace.note_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever writes a booking reads its category then: the two must not cross. Services hardly ever change theirs.
    LOCK TABLE marketplace.booking IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO marketplace.booking_delta
    SELECT marketplace.utc_day(b.created_at), b.vendor_id, b.service_id, c.category, marketplace.city_key(b.city), b.status,
           c.sign * count(*), c.sign * sum(b.amount_minor)
      FROM marketplace.booking b
     CROSS JOIN (VALUES (OLD.category, -1::bigint), (NEW.category, 1)) AS c (category, sign)
     WHERE b.service_id = NEW.id
     GROUP BY 1, 2, 3, 4, 5, 6, c.sign;
    RETURN NULL;
END $$;
CREATE TRIGGER note_category AFTER UPDATE OF category ON marketplace.service
    FOR EACH ROW WHEN (OLD.category <> NEW.category) EXECUTE FUNCTION marketplace.note_category();

-- Differences become sums ----------------------------------------------------------------------------------------

CREATE FUNCTION marketplace.fold_bookings() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    folded bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('marketplace.booking_day', 0));
    WITH taken AS (
        DELETE FROM marketplace.booking_delta RETURNING *
    ), by_day AS (
        INSERT INTO marketplace.booking_day AS kept
        SELECT CASE grouping(category) WHEN 1 THEN '' ELSE category END,
               CASE grouping(city) WHEN 1 THEN '' ELSE city END, day, status, sum(bookings), sum(amount_minor)
          FROM taken
         GROUP BY GROUPING SETS ((day, status), (day, status, category), (day, status, city), (day, status, category, city))
        HAVING grouping(city) = 1 OR city IS NOT NULL
        ON CONFLICT (category, city, day, status) DO UPDATE
           SET bookings = kept.bookings + excluded.bookings, amount_minor = kept.amount_minor + excluded.amount_minor
    ), by_month AS (
        INSERT INTO marketplace.booking_month AS kept
        SELECT CASE grouping(city) WHEN 1 THEN '' ELSE city END, CASE grouping(status) WHEN 1 THEN '' ELSE status END,
               month, service_id, vendor_id, sum(bookings), sum(amount_minor)
          FROM (SELECT marketplace.month_of(day) AS month, * FROM taken) AS taken
         GROUP BY GROUPING SETS ((month, service_id, vendor_id), (month, service_id, vendor_id, status),
                                 (month, service_id, vendor_id, status, city))
        HAVING grouping(city) = 1 OR city IS NOT NULL
        ON CONFLICT (city, status, month, service_id, vendor_id) DO UPDATE
           SET bookings = kept.bookings + excluded.bookings, amount_minor = kept.amount_minor + excluded.amount_minor
    ), moved AS (
        INSERT INTO marketplace.sum_version AS kept (figures, month)
        SELECT DISTINCT 'bookings', marketplace.month_of(day) FROM taken
        ON CONFLICT (figures, month) DO UPDATE SET version = kept.version + 1
    )
    SELECT count(*) INTO folded FROM taken;
    RETURN folded;
END $$;
COMMENT ON FUNCTION marketplace.fold_bookings IS
    'Moves differences into the sums in one statement: readers see the same figures before and after.';

CREATE FUNCTION marketplace.recount_bookings(first date, past date) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('marketplace.booking_day', 0));
    WITH facts AS (
        SELECT marketplace.utc_day(b.created_at) AS day, b.vendor_id, b.service_id, s.category,
               marketplace.city_key(b.city) AS city, b.status, 1::bigint AS bookings, b.amount_minor
          FROM marketplace.booking b JOIN marketplace.service s ON s.id = b.service_id
         WHERE b.created_at >= first::timestamp AT TIME ZONE 'UTC' AND b.created_at < past::timestamp AT TIME ZONE 'UTC'
         UNION ALL
        SELECT day, vendor_id, service_id, category, city, status, -bookings, -amount_minor
          FROM marketplace.booking_delta WHERE day >= first AND day < past
    ), days AS (
        SELECT category, city, day, status, sum(bookings) AS bookings, sum(amount_minor) AS amount_minor
          FROM (SELECT CASE grouping(category) WHEN 1 THEN '' ELSE category END AS category,
                       CASE grouping(city) WHEN 1 THEN '' ELSE city END AS city, day, status,
                       sum(bookings) AS bookings, sum(amount_minor) AS amount_minor
                  FROM facts
                 GROUP BY GROUPING SETS ((day, status), (day, status, category), (day, status, city),
                                         (day, status, category, city))
                HAVING grouping(city) = 1 OR city IS NOT NULL
                 UNION ALL
                SELECT category, city, day, status, -bookings, -amount_minor
                  FROM marketplace.booking_day WHERE day >= first AND day < past) AS found
         GROUP BY category, city, day, status
        HAVING sum(bookings) <> 0 OR sum(amount_minor) <> 0
    ), months AS (
        SELECT city, status, month, service_id, vendor_id, sum(bookings) AS bookings, sum(amount_minor) AS amount_minor
          FROM (SELECT CASE grouping(city) WHEN 1 THEN '' ELSE city END AS city,
                       CASE grouping(status) WHEN 1 THEN '' ELSE status END AS status, month, service_id, vendor_id,
                       sum(bookings) AS bookings, sum(amount_minor) AS amount_minor
                  FROM (SELECT marketplace.month_of(day) AS month, * FROM facts) AS facts
                 GROUP BY GROUPING SETS ((month, service_id, vendor_id), (month, service_id, vendor_id, status),
                                         (month, service_id, vendor_id, status, city))
                HAVING grouping(city) = 1 OR city IS NOT NULL
                 UNION ALL
                SELECT city, status, month, service_id, vendor_id, -bookings, -amount_minor
                  FROM marketplace.booking_month WHERE month >= first AND month < past) AS found
         GROUP BY city, status, month, service_id, vendor_id
        HAVING sum(bookings) <> 0 OR sum(amount_minor) <> 0
    ), by_day AS (
        INSERT INTO marketplace.booking_day AS kept SELECT * FROM days ORDER BY 1, 2, 3, 4
        ON CONFLICT (category, city, day, status) DO UPDATE
           SET bookings = kept.bookings + excluded.bookings, amount_minor = kept.amount_minor + excluded.amount_minor
    ), by_month AS (
        INSERT INTO marketplace.booking_month AS kept SELECT * FROM months ORDER BY 1, 2, 3, 4
        ON CONFLICT (city, status, month, service_id, vendor_id) DO UPDATE
           SET bookings = kept.bookings + excluded.bookings, amount_minor = kept.amount_minor + excluded.amount_minor
    ), moved AS (
        INSERT INTO marketplace.sum_version AS kept (figures, month)
        SELECT 'bookings', marketplace.month_of(day) FROM days UNION SELECT 'bookings', month FROM months
        ON CONFLICT (figures, month) DO UPDATE SET version = kept.version + 1
    )
    SELECT (SELECT count(*) FROM days) + (SELECT count(*) FROM months) INTO wrong;
    RETURN wrong;
END $$;
COMMENT ON FUNCTION marketplace.recount_bookings IS
    'Mends the sums of these whole months: they are what the rows say without the differences that wait. How many were wrong. It is one statement, which sees one moment: whoever writes meanwhile appends what comes after.';

-- Month by month: what one month takes fits into memory.
ALTER FUNCTION marketplace.recount_bookings SET work_mem = '64MB';
SELECT marketplace.recount_bookings(month::date, (month + interval '1 month')::date)
  FROM (SELECT marketplace.month_of(marketplace.utc_day(min(created_at))) AS first,
               marketplace.month_of(marketplace.utc_day(max(created_at))) AS last FROM marketplace.booking) AS known,
       generate_series(first::timestamp, last::timestamp, '1 month') AS month;
