-- Roles as rows, for products whose staff may make roles of their own; staff have a phone number, and who opened their account.

CREATE TABLE kernel.role (
    product       text NOT NULL,
    name          text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    title         text NOT NULL CHECK (title <> ''),
    description   text NOT NULL DEFAULT '',
    permissions   text[],
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (product, name)
);
COMMENT ON COLUMN kernel.role.permissions IS 'NULL for a system role: the code says what it may do, so that no row can take a door from its own release.';
SELECT kernel.watch('kernel.role');
CREATE TRIGGER touch BEFORE UPDATE ON kernel.role FOR EACH ROW EXECUTE FUNCTION kernel.touch();

CREATE FUNCTION kernel.keep_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.permissions IS NULL THEN
        RAISE EXCEPTION '% is a system role', OLD.name USING ERRCODE = 'BO003';
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM kernel.membership WHERE product = OLD.product AND role = OLD.name) THEN
            RAISE EXCEPTION 'somebody has the role %', OLD.name USING ERRCODE = 'BO003';
        END IF;
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kernel.keep_role() IS 'System roles stay as they are, and a role that somebody has stays.';
CREATE TRIGGER keep_role BEFORE UPDATE OR DELETE ON kernel.role FOR EACH ROW EXECUTE FUNCTION kernel.keep_role();

INSERT INTO kernel.role (product, name, title, description) VALUES
    ('marketplace', 'super_admin', 'Super Admin', 'Full system access with all permissions'),
    ('marketplace', 'vendor_admin', 'Vendor Admin', 'Manage vendors and verify applications'),
    ('marketplace', 'support_agent', 'Support Agent', 'Handle customer support requests'),
    ('marketplace', 'finance_admin', 'Finance Admin', 'Manage payments, refunds, and subscriptions'),
    ('marketplace', 'content_moderator', 'Content Moderator', 'Moderate reviews and handle takedown requests');

ALTER TABLE kernel.staff ADD COLUMN phone text CHECK (phone ~ '^\+[1-9][0-9]{6,14}$');
CREATE UNIQUE INDEX staff_phone_key ON kernel.staff (phone);
COMMENT ON COLUMN kernel.staff.phone IS 'E.164, in the one form of kernel/phones.py.';
ALTER TABLE kernel.staff ADD COLUMN opened_by bigint REFERENCES kernel.staff;
COMMENT ON COLUMN kernel.staff.opened_by IS 'The colleague who opened the account, and saw its first password; NULL for the command line.';
