-- What the tables hold, a line each: NAME|ROWS|SUM, the same for the same rows in whatever database of one major
-- version. Run by psql, in a transaction; what :into says goes before each question.
SET LOCAL search_path = pg_catalog;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SELECT format(
  '%s SELECT %L, count(*), coalesce(sum(hashtextextended(held::text COLLATE "C", 0)), 0) FROM ONLY %I.%I AS held',
  :'into', nspname || '.' || relname, nspname, relname)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
ORDER BY nspname, relname \gexec
