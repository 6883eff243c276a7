#!/bin/bash
# The roles, so that the application can't change what must not change. Once, as a superuser, on an empty server:
#   OWNER_PASSWORD=... APP_PASSWORD=... REPLICATION_PASSWORD=... BACKUP_PASSWORD=... PGDATABASE=backoffice bash roles.sh
# compose.yaml runs it when the server is made.
set -euo pipefail
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-backoffice}" \
    --set owner="$OWNER_PASSWORD" --set app="$APP_PASSWORD" --set replication="$REPLICATION_PASSWORD" \
    --set backup="$BACKUP_PASSWORD" <<'SQL'
CREATE ROLE backoffice_owner LOGIN PASSWORD :'owner';
CREATE ROLE backoffice_app   LOGIN PASSWORD :'app';
CREATE ROLE replicator       LOGIN REPLICATION PASSWORD :'replication';
CREATE ROLE backoffice_backup LOGIN REPLICATION PASSWORD :'backup';
GRANT pg_read_all_data, pg_monitor TO backoffice_backup;
GRANT EXECUTE ON FUNCTION pg_switch_wal() TO backoffice_backup;
ALTER DATABASE backoffice OWNER TO backoffice_owner;
REVOKE ALL ON DATABASE backoffice FROM PUBLIC;
GRANT CONNECT ON DATABASE backoffice TO backoffice_app, backoffice_backup;
ALTER ROLE backoffice_app SET search_path = public, procrastinate;
ALTER ROLE backoffice_app SET statement_timeout = '30s';
ALTER ROLE backoffice_app SET lock_timeout = '10s';
ALTER ROLE backoffice_app SET idle_in_transaction_session_timeout = '60s';
SQL
