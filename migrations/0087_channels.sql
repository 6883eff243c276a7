-- Messages leave by more ways than e-mail. One inside an app leaves by being there: it is sent when it is written.

ALTER TABLE kernel.notification
    ADD COLUMN channel text NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'sms', 'push', 'in_app'));
CREATE INDEX notification_person_idx ON kernel.notification (data_subject, id) WHERE data_subject IS NOT NULL;
