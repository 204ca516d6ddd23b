// What a database holds, in lines that two versions of PostgreSQL write alike: each table's rows counted and summed, and
// what is around them. Two databases with the same lines hold the same.

/** For psql, as the superuser. Rows are summed by a digest of their text, so their order doesn't matter. */
export const inventoryQuery = String.raw`
SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET bytea_output = 'hex';
SET extra_float_digits = 1; SET search_path = pg_catalog; SET statement_timeout = 0;
SELECT format(
  'SELECT ''rows'', %L, count(*), coalesce(sum((''x'' || left(md5(row_of_it::text), 15))::bit(60)::bigint), 0) FROM %I.%I AS row_of_it',
  nspname || '.' || relname, nspname, relname)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'm') AND nspname !~ '^pg_' AND nspname <> 'information_schema' \gexec
SELECT format('SELECT ''sequence'', %L, last_value, is_called FROM %I.%I', nspname || '.' || relname, nspname, relname)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'S' AND nspname !~ '^pg_' \gexec
SELECT 'relation', nspname || '.' || relname, relkind, relowner::regrole,
  (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN '!' ELSE '' END, ',' ORDER BY attnum)
   FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema';
SELECT 'constraint', conrelid::regclass, conname, contype FROM pg_constraint
WHERE contype <> 'n' AND connamespace::regnamespace::text !~ '^(pg_|information_schema)';
SELECT 'trigger', tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal;
SELECT 'function', oid::regprocedure, proowner::regrole, md5(prosrc) FROM pg_proc
WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema)';
SELECT 'grant', table_schema || '.' || table_name, grantee, privilege_type FROM information_schema.role_table_grants
WHERE table_schema !~ '^(pg_|information_schema)' AND grantee <> grantor;
SELECT 'extension', extname FROM pg_extension;
SELECT 'role', rolname, rolcanlogin, rolcreaterole, rolcreatedb, rolreplication, md5(coalesce(rolpassword, ''))
FROM pg_authid WHERE rolname !~ '^pg_' AND oid <> 10;
SELECT 'member', roleid::regrole, member::regrole, admin_option FROM pg_auth_members WHERE member::regrole::text !~ '^pg_';
SELECT 'database', datdba::regrole, pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database();
SELECT 'setting', setrole::regrole, setconfig FROM pg_db_role_setting WHERE setrole <> 10;
`;

/** The lines of an inventory, in an order of their own. */
export function inventoryLines(told: string): string[] {
  return told.split('\n').filter(Boolean).sort();
}

/** What differs between two inventories, a sentence each; none, if they hold the same. */
export function differences(before: readonly string[], after: readonly string[]): string[] {
  const [had, has] = [new Set(before), new Set(after)];
  const said = (line: string) => line.replaceAll('\t', ' ');
  return [
    ...before.filter((line) => !has.has(line)).map((line) => `missing there: ${said(line)}`),
    ...after.filter((line) => !had.has(line)).map((line) => `only there: ${said(line)}`),
  ];
}

/** Tables and rows of an inventory. */
export function counted(lines: readonly string[]): {
  readonly tables: number;
  readonly rows: number;
} {
  const rows = lines.filter((line) => line.startsWith('rows\t'));
  return {
    tables: rows.length,
    rows: rows.reduce((sum, line) => sum + Number(line.split('\t')[2]), 0),
  };
}
