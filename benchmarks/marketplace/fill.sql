-- The rows of a filled marketplace, made by PostgreSQL alone; %(customers)s and the other sizes are put in as numbers.

CREATE TEMPORARY TABLE names AS
SELECT (ARRAY['Asha', 'Rohan', 'Priya', 'Arjun', 'Meera', 'Vikram', 'Ananya', 'Kabir', 'Divya', 'Sanjay', 'Lakshmi',
              'Imran', 'Fatima', 'Joseph', 'Gurpreet', 'Nisha', 'Rahul', 'Sneha', 'Aditya', 'Pooja']) AS first,
       (ARRAY['Rao', 'Sharma', 'Patel', 'Iyer', 'Khan', 'Singh', 'Das', 'Nair', 'Mehta', 'Fernandes', 'Reddy',
              'Banerjee', 'Kulkarni', 'Chatterjee', 'Gill', 'Joshi', 'Pillai', 'Bose', 'Shetty', 'Verma']) AS last,
       (ARRAY['photography', 'catering', 'cleaning', 'plumbing', 'tutoring', 'decoration', 'beauty', 'moving']) AS kinds,
       (ARRAY['Mumbai', 'Delhi', 'Bengaluru', 'Hyderabad', 'Chennai', 'Kolkata', 'Pune', 'Jaipur']) AS cities,
       (ARRAY['upi', 'card', 'netbanking', 'wallet']) AS methods;

INSERT INTO marketplace.customer (id, external_id, name, email, phone, status, suspended_at, email_verified_at,
                                  registered_at, last_login_at, last_active_at, logins)
OVERRIDING SYSTEM VALUE
SELECT g, 'u' || g, n.first[1 + h % 20] || ' ' || n.last[1 + h / 20 % 20] || ' ' || n.last[1 + h / 400 % 20],
       lower(n.first[1 + h % 20]) || '.' || g || '@customer.example', '+9198' || lpad(g::text, 8, '0'),
       CASE WHEN h % 50 = 0 THEN 'suspended' WHEN h % 97 = 0 THEN 'banned' ELSE 'active' END,
       CASE WHEN h % 50 = 0 THEN now() - interval '3 days' END, at + interval '1 hour', at, at + interval '30 days',
       at + interval '40 days', h % 90
  FROM names n, generate_series(1, %(customers)s) g,
       LATERAL (SELECT abs(hashint8(g)::bigint) AS h, now() - interval '2 years' * (1 - g / %(customers)s::float) AS at);

INSERT INTO marketplace.vendor (id, external_id, name, display_name, city, verification_status, registered_at)
OVERRIDING SYSTEM VALUE
SELECT g, 'v' || g, n.last[1 + g % 20] || ' & Sons ' || g, n.last[1 + g % 20] || ' Studios ' || g,
       n.cities[1 + g % 8], 'verified', now() - interval '2 years'
  FROM names n, generate_series(1, %(vendors)s) g;

INSERT INTO marketplace.service (id, external_id, vendor_id, name, category, base_price_minor, created_at)
SELECT 'svc_' || lpad(to_hex(g), 32, '0'), 's' || g, 1 + g % %(vendors)s, initcap(n.kinds[1 + g % 8]) || ' ' || g,
       n.kinds[1 + g % 8], 50000, now() - interval '2 years'
  FROM names n, generate_series(1, %(services)s) g;

INSERT INTO marketplace.booking (id, external_id, reference, customer_id, vendor_id, service_id, status, scheduled_at,
                                 time_zone, city, base_minor, amount_minor, commission_permille, payment_status,
                                 payment_method, cancellation_reason, cancelled_by, cancelled_at, completed_at,
                                 created_at, updated_at)
SELECT 'bkg_' || lpad(to_hex(g), 32, '0'), 'b' || g, 'BKG-2026-' || g,
       1 + h % %(customers)s, 1 + s % %(vendors)s, 'svc_' || lpad(to_hex(s), 32, '0'), status,
       at + interval '20 days', 'Asia/Kolkata', n.cities[1 + h % 8], amount, amount, 100,
       CASE WHEN h % 100 < 5 THEN 'failed' ELSE 'paid' END, n.methods[1 + h % 4],
       CASE status WHEN 'cancelled' THEN 'Plans changed' END, CASE status WHEN 'cancelled' THEN 'customer' END,
       CASE status WHEN 'cancelled' THEN at + interval '2 days' END,
       CASE status WHEN 'completed' THEN at + interval '20 days' END, at, at
  FROM names n, generate_series(1, %(bookings)s) g,
       LATERAL (SELECT abs(hashint8(g + 7)::bigint) AS h, now() - interval '2 years' * (1 - g / %(bookings)s::float) AS at) r,
       LATERAL (SELECT 1 + h / 8 % %(services)s AS s, 20000 + h % 400000 AS amount,
                       CASE WHEN h % 100 < 10 THEN 'cancelled' WHEN h % 100 < 14 THEN 'pending'
                            WHEN h % 100 < 18 THEN 'confirmed' ELSE 'completed' END AS status) k;

INSERT INTO marketplace.payment (id, external_id, booking_id, customer_id, amount_minor, method, gateway,
                                 gateway_payment_id, status, failure_reason, captured_minor, created_at, completed_at)
SELECT 'pay_' || right(id, 32), 'p' || external_id, id, customer_id, amount_minor, payment_method, 'sandbox',
       'gw_' || external_id, CASE payment_status WHEN 'paid' THEN 'success' ELSE 'failed' END,
       CASE payment_status WHEN 'failed' THEN 'card_declined' END,
       CASE payment_status WHEN 'paid' THEN amount_minor ELSE 0 END, created_at, created_at + interval '30 seconds'
  FROM marketplace.booking ORDER BY created_at, id;

INSERT INTO marketplace.review (id, booking_id, customer_id, vendor_id, service_id, rating, title, comment, created_at)
OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (), id, customer_id, vendor_id, service_id, 1 + abs(hashtext(id)::bigint) % 5,
       'As expected', 'They came on time and did what was agreed', completed_at + interval '1 hour'
  FROM marketplace.booking WHERE status = 'completed' AND hashtext(id) % 3 = 0;

INSERT INTO marketplace.dispute (id, reference, customer_id, vendor_id, booking_id, payment_id, source, type, category,
                                 status, priority, subject, description, amount_disputed_minor, assigned_to,
                                 resolution_deadline, resolution_type, resolved_at, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT n, 'DSP-2026-' || n, customer_id, vendor_id, id, 'pay_' || right(id, 32), 'customer',
       (ARRAY['service_quality', 'booking_issue', 'vendor_behavior', 'refund_request'])[1 + n % 4], 'vendor_no_show',
       s.status, (ARRAY['low', 'medium', 'high', 'urgent'])[1 + n / 7 % 4], 'Vendor did not show up',
       'Booked for the afternoon but nobody came, and the phone was off', amount_minor,
       CASE WHEN n % 3 > 0 THEN 1 + n % 20 END, created_at + interval '48 hours',
       CASE s.status WHEN 'resolved' THEN 'no_refund' END,
       CASE WHEN s.status IN ('resolved', 'rejected') THEN created_at + interval '1 day' END, created_at, created_at
  FROM (SELECT b.*, row_number() OVER (ORDER BY b.created_at, b.id) AS n FROM marketplace.booking b
         WHERE b.status = 'completed' AND abs(hashtext(b.id)::bigint) % 4 = 0 LIMIT %(disputes)s) one,
       LATERAL (SELECT CASE WHEN n % 10 < 1 THEN 'open' WHEN n % 10 < 2 THEN 'in_progress' WHEN n % 10 < 8 THEN 'resolved'
                            ELSE 'rejected' END AS status) s;

INSERT INTO marketplace.dispute_event (dispute_id, event, actor_kind, at)
SELECT id, 'dispute_created', 'customer', created_at FROM marketplace.dispute ORDER BY id;

INSERT INTO marketplace.takedown_request (id, number, review_id, vendor_id, customer_id, status, reason_code,
                                          reason_description, action, resolution, review_became, resolved_at,
                                          resolved_by, created_at, updated_at)
SELECT md5('takedown' || n)::uuid, 'TDR-2026-' || n, r.id, r.vendor_id, r.customer_id, s.status,
       (ARRAY['fake_review', 'spam', 'abuse', 'off_topic', 'other'])[1 + n % 5],
       'This person was never our customer; the review is about somebody else',
       CASE s.status WHEN 'accepted' THEN 'hide' END, CASE WHEN s.status <> 'open' THEN 'Looked into' END,
       CASE WHEN s.status <> 'open' THEN 'published' END,
       CASE WHEN s.status <> 'open' THEN r.created_at + interval '5 days' END,
       CASE WHEN s.status <> 'open' THEN 1 + n % 20 END, r.created_at + interval '1 day', r.created_at + interval '1 day'
  FROM (SELECT one.*, row_number() OVER (ORDER BY one.created_at, one.id) AS n FROM marketplace.review one
         WHERE one.id % 13 = 0 LIMIT %(takedowns)s) r,
       LATERAL (SELECT CASE WHEN n % 10 < 2 THEN 'open' WHEN n % 10 < 5 THEN 'accepted' ELSE 'rejected' END AS status) s;
