-- Run at each start, as the superuser, in the application's database: what the superuser owns there goes to the
-- owner, object by object, since REASSIGN OWNED refuses the first superuser. Extensions stay: they can't be given away.
WITH owned (catalog, oid) AS (
  SELECT 'pg_namespace'::regclass, oid FROM pg_namespace
  WHERE nspowner = :'superuser'::regrole AND nspname !~ '^pg_'
  UNION ALL
  -- A sequence of a column goes with its table.
  SELECT 'pg_class'::regclass, oid FROM pg_class
  WHERE relowner = :'superuser'::regrole AND relnamespace::regnamespace::text !~ '^pg_'
    AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND NOT EXISTS (
      SELECT FROM pg_depend
      WHERE relkind = 'S' AND classid = 'pg_class'::regclass AND objid = pg_class.oid
        AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i'))
  UNION ALL
  -- Arrays go with their elements, rows with their tables.
  SELECT 'pg_type'::regclass, oid FROM pg_type
  WHERE typowner = :'superuser'::regrole AND (
    typtype IN ('d', 'e', 'r') OR (typtype = 'b' AND typcategory <> 'A')
    OR (SELECT relkind = 'c' FROM pg_class WHERE pg_class.oid = typrelid))
  UNION ALL
  SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE proowner = :'superuser'::regrole
  UNION ALL
  SELECT 'pg_operator'::regclass, oid FROM pg_operator WHERE oprowner = :'superuser'::regrole
  UNION ALL
  SELECT 'pg_opclass'::regclass, oid FROM pg_opclass WHERE opcowner = :'superuser'::regrole
  UNION ALL
  SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily WHERE opfowner = :'superuser'::regrole
  UNION ALL
  SELECT 'pg_collation'::regclass, oid FROM pg_collation WHERE collowner = :'superuser'::regrole
  UNION ALL
  SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxowner = :'superuser'::regrole
  UNION ALL
  SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config WHERE cfgowner = :'superuser'::regrole
  UNION ALL
  SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict WHERE dictowner = :'superuser'::regrole
  UNION ALL
  SELECT 'pg_largeobject'::regclass, oid FROM pg_largeobject_metadata WHERE lomowner = :'superuser'::regrole
)
SELECT format(
  'ALTER %s %s OWNER TO %I',
  CASE object.type WHEN 'statistics object' THEN 'statistics' ELSE object.type END, identity, :'owner')
FROM owned, pg_identify_object(catalog, oid, 0) AS object
WHERE oid >= 16384 -- PostgreSQL's own are below
  AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = catalog AND objid = owned.oid AND deptype = 'e') \gexec
