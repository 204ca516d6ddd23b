-- What a database holds that an earlier copy of it may not: a script for psql that fills temporary tables, `changed <table>` with
-- rows and, of a large table, `keys <table>` with all primary keys. Small tables come whole; of large ones, the rows
-- written by transactions from :since on, the oldest that the earlier copy may not have seen. Run in a transaction.
SET LOCAL search_path = pg_catalog;
WITH named AS (
  SELECT pg_class.oid, relname,
    (SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns,
    (SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) FROM pg_index JOIN pg_attribute ON attrelid = indrelid
     WHERE indrelid = pg_class.oid AND indisprimary AND attnum = ANY (indkey)) AS key
  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relpersistence = 'p'
), parts AS (
  SELECT relname, 'changed' AS what, columns,
    CASE WHEN pg_relation_size(oid) > 1000000 AND key IS NOT NULL
      THEN format('WHERE age(xmin) <= age(%L::xid8::xid)', :'since') ELSE '' END AS which
  FROM named
  UNION ALL
  SELECT relname, 'keys', key, '' FROM named WHERE pg_relation_size(oid) > 1000000 AND key IS NOT NULL
)
SELECT
  format('SELECT %L', format('CREATE TEMP TABLE %I AS SELECT %s FROM public.%I WITH NO DATA;', what || ' ' || relname, columns, relname)),
  format('SELECT %L', format('COPY pg_temp.%I (%s) FROM STDIN;', what || ' ' || relname, columns)),
  format('COPY (SELECT %s FROM ONLY public.%I %s) TO STDOUT', columns, relname, which),
  $$SELECT '\.'$$,
  format('SELECT %L', format('ANALYZE pg_temp.%I;', what || ' ' || relname))
FROM parts ORDER BY relname, what \gexec
