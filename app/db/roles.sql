-- Run at each start, as the superuser: the owner is no superuser, and can do what the backend and backups need.
-- One transaction; does nothing where all is as it should be.
\getenv initial INITIAL_PASSWORD
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') AS is_new \gset
\if :is_new
  CREATE ROLE :"owner";
\endif
-- CREATEROLE: a login role for each generation of secrets. CREATEDB: backups are proven in a database of their own.
ALTER ROLE :"owner" NOSUPERUSER NOREPLICATION NOBYPASSRLS LOGIN CREATEROLE CREATEDB INHERIT;
-- pg_read_all_stats: the longest transaction is looked for among everybody's.
GRANT pg_signal_backend, pg_read_all_stats TO :"owner";

-- Backends rotate the owner's password. It is set here only where they could know none: in a new role, and in a
-- volume that another state made, whose initial password was another one.
SELECT shobj_description(oid, 'pg_authid') IS DISTINCT FROM fingerprint AS is_another, fingerprint
FROM pg_roles,
  (SELECT 'initial password ' || left(encode(sha256(convert_to(:'initial', 'UTF8')), 'hex'), 16)) AS now (fingerprint)
WHERE rolname = :'owner' \gset
\if :is_another
  ALTER ROLE :"owner" PASSWORD :'initial';
  COMMENT ON ROLE :"owner" IS :'fingerprint';
  \if :is_new
  \else
    -- What the other state's secrets opened, they open no more.
    SELECT format('ALTER ROLE %I PASSWORD NULL', rolname)
    FROM pg_roles WHERE rolname ~ '^app_g\d+$' \gexec
    \warn database: taken up from another state: :owner has its initial password again
  \endif
\endif

-- Roles of a volume in which the superuser made them.
SELECT format('GRANT %I TO %I WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', rolname, :'owner')
FROM pg_roles AS role
WHERE rolname ~ '^app(_g\d+)?$' AND NOT EXISTS (
  SELECT FROM pg_auth_members WHERE roleid = role.oid AND member = :'owner'::regrole AND admin_option) \gexec

SELECT format('ALTER DATABASE %I OWNER TO %I', datname, :'owner')
FROM pg_database
WHERE NOT datistemplate AND datname <> 'postgres' AND datdba = :'superuser'::regrole \gexec

-- The rules of access refuse it over the network; there is no password either.
SELECT format('ALTER ROLE %I PASSWORD NULL', rolname)
FROM pg_authid WHERE rolname = :'superuser' AND rolpassword IS NOT NULL \gexec

-- Who copies the log off the server reads everything and writes nothing. Without a copy nobody logs in as it, and no
-- slot of it holds the log back, which would fill the disk.
\getenv offsite OFFSITE_PASSWORD
SELECT :'offsite' <> '' AS is_copied,
  EXISTS (SELECT FROM pg_roles WHERE rolname = 'timetracker_offsite') AS has_offsite \gset
\if :is_copied
  \if :has_offsite
  \else
    CREATE ROLE timetracker_offsite;
  \endif
  ALTER ROLE timetracker_offsite NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS LOGIN REPLICATION PASSWORD :'offsite';
  GRANT pg_read_all_data, pg_read_all_stats, pg_checkpoint TO timetracker_offsite;
\elif :has_offsite
  ALTER ROLE timetracker_offsite NOLOGIN PASSWORD NULL;
  SELECT format('SELECT pg_drop_replication_slot(%L)', slot_name) FROM pg_replication_slots WHERE slot_name = 'offsite' AND NOT active \gexec
\endif

-- The standby takes the log, and what it needs to wind back to where this database went on (pg_rewind): more than
-- reading every file is not in it. Its slot holds the log from here on; without a standby nothing does.
\getenv standby STANDBY_PASSWORD
SELECT :'standby' <> '' AS is_followed,
  EXISTS (SELECT FROM pg_roles WHERE rolname = 'timetracker_standby') AS has_standby \gset
\if :is_followed
  \if :has_standby
  \else
    CREATE ROLE timetracker_standby;
  \endif
  ALTER ROLE timetracker_standby NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS LOGIN REPLICATION PASSWORD :'standby';
  GRANT pg_checkpoint TO timetracker_standby;
  GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean), pg_read_binary_file(text),
    pg_read_binary_file(text, bigint, bigint, boolean) TO timetracker_standby;
  SELECT pg_create_physical_replication_slot('standby', true)
  WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'standby');
\elif :has_standby
  ALTER ROLE timetracker_standby NOLOGIN PASSWORD NULL;
  SELECT format('SELECT pg_drop_replication_slot(%L)', slot_name) FROM pg_replication_slots WHERE slot_name = 'standby' AND NOT active \gexec
\endif
