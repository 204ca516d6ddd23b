-- Makes the tables hold what changes.sql told of, row by row: indexes and whoever is connected stay as they are.
-- What others refer to is changed in place and goes last; the rest is taken out and put in again, so that no two rows
-- are in each other's way.
DO $$
DECLARE
  own record;
  changed text;
  keys text;
  same text;
BEGIN
  CREATE TEMP TABLE own_tables AS
  WITH RECURSIVE reference (child, parent) AS (
    SELECT DISTINCT conrelid, confrelid FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid
  ), depths (oid, depth) AS (
    SELECT oid, 0 FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relpersistence = 'p'
    UNION SELECT child, depth + 1 FROM depths JOIN reference ON parent = depths.oid WHERE depth < 20
  )
  SELECT relname, max(depth) AS depth, EXISTS (SELECT FROM reference WHERE parent = pg_class.oid) AS is_parent,
    (SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns,
    (SELECT string_agg(format('excluded.%I', attname), ', ' ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS excluded,
    (SELECT array_agg(attname ORDER BY attnum) FROM pg_index JOIN pg_attribute ON attrelid = indrelid
     WHERE indrelid = pg_class.oid AND indisprimary AND attnum = ANY (indkey)) AS key
  FROM depths JOIN pg_class USING (oid) GROUP BY pg_class.oid, relname;

  FOR own IN SELECT * FROM own_tables WHERE NOT is_parent ORDER BY depth DESC LOOP
    changed := format('pg_temp.%I', 'changed ' || own.relname);
    keys := format('pg_temp.%I', 'keys ' || own.relname);
    IF to_regclass(keys) IS NULL THEN
      EXECUTE format('DELETE FROM public.%I', own.relname);
    ELSE
      SELECT string_agg(format('other.%I = one.%I', name, name), ' AND ') INTO same FROM unnest(own.key) AS name;
      EXECUTE format(
        'DELETE FROM public.%I AS one WHERE EXISTS (SELECT FROM %s AS other WHERE %s) OR NOT EXISTS (SELECT FROM %s AS other WHERE %s)',
        own.relname, changed, same, keys, same);
    END IF;
  END LOOP;
  FOR own IN SELECT * FROM own_tables ORDER BY depth LOOP
    EXECUTE format('INSERT INTO public.%I (%s) SELECT %s FROM pg_temp.%I', own.relname, own.columns, own.columns, 'changed ' || own.relname)
      || CASE WHEN own.is_parent THEN format(' ON CONFLICT (%s) DO UPDATE SET (%s) = ROW (%s)',
        (SELECT string_agg(format('%I', name), ', ') FROM unnest(own.key) AS name), own.columns, own.excluded) ELSE '' END;
  END LOOP;
  FOR own IN SELECT * FROM own_tables WHERE is_parent ORDER BY depth DESC LOOP
    keys := coalesce(to_regclass(format('pg_temp.%I', 'keys ' || own.relname))::text, format('pg_temp.%I', 'changed ' || own.relname));
    SELECT string_agg(format('other.%I = one.%I', name, name), ' AND ') INTO same FROM unnest(own.key) AS name;
    EXECUTE format('DELETE FROM public.%I AS one WHERE NOT EXISTS (SELECT FROM %s AS other WHERE %s)', own.relname, keys, same);
  END LOOP;
END $$;
