import type { Static } from 'typebox';
import type { Queryable } from '../database/database.js';
import { type Filter, filterSql, whereSql } from '../entries/filter.js';
import type { GroupBy, Report as ReportSchema } from '../schemas/reports.js';
import type { Settings } from '../settings.js';

type Report = Static<typeof ReportSchema>;

export interface ReportOptions extends Settings {
  groupBy: Static<typeof GroupBy>;
  filter: Filter & { from: string; to: string };
}

/** The unit of local time that a date `d` is in, and its length. */
const UNITS = {
  day: { start: 'd', step: '1 day' },
  week: { start: 'd - (extract(dow FROM d)::int - $6 + 7) % 7', step: '7 days' },
  month: { start: "date_trunc('month', d)::date", step: '1 month' },
};

/** The units of a period in order, each with the instant since when it is. */
function unitsSql({ start, step }: { start: string; step: string }): string {
  return `SELECT row_number() OVER (ORDER BY since)::int AS i, key, since FROM (
      SELECT DISTINCT ON (since) since, u::date::text AS key
      FROM generate_series(
             (SELECT ${start} FROM (SELECT ($1 AT TIME ZONE $3)::date AS d) first)::timestamp,
             ($2 - interval '1 microsecond') AT TIME ZONE $3,
             interval '${step}') WITH ORDINALITY AS s(u, n),
           LATERAL (SELECT u AT TIME ZONE $3 AS midnight),
           -- Where the clock is put back over midnight, there are two: the day begins with the first.
           LATERAL (SELECT (midnight - interval '1 s') AT TIME ZONE $3 + interval '1 s' - u AS again),
           LATERAL (SELECT CASE n WHEN 1 THEN $1 ELSE midnight - greatest(again, '0') END AS since)
      WHERE since < $2
      -- A day that a zone left out is as long as nothing.
      ORDER BY since, u DESC
    )`;
}

const ROUND = { none: '', nearest: 'round', up: 'ceil', down: 'floor' };

/** A running one counts until now. */
const END = "coalesce(e.end_at, greatest(date_trunc('second', now()), e.start_at))";

/**
 * Totals of a period by local day, week or month, project or tag, exact over midnight and over a
 * change to summer time. An entry is rounded as a whole, and its parts have their share of that.
 *
 * Each counts whole where it starts, which one index tells. Those that go over the beginning of the
 * next unit, or over the period's end, are found by that: what is beyond is taken off and counts in
 * the next. So zones are asked for the few beginnings, and not for each entry.
 */
export async function summarize(db: Queryable, options: ReportOptions): Promise<Report> {
  const { groupBy, timezone, weekStart, rounding } = options;
  const { from, to, ...filter } = options.filter;
  const values: unknown[] = [from, to, timezone, groupBy, rounding.minutes * 60, weekStart];
  const conditions = filterSql(filter, values);
  const byTime = {
    started: 'width_bucket(e.start_at, (SELECT sinces FROM bounds))',
    moved: 'i + step',
    key: '(SELECT keys[by] FROM bounds)',
    from: 'sums',
    order: 'key',
  };
  const longest = 'seconds DESC, name';
  const group = {
    day: byTime,
    week: byTime,
    month: byTime,
    project: {
      started: 'e.project_id',
      moved: 'e.project_id',
      key: 'by::text',
      from: 'sums',
      order: longest,
    },
    tag: {
      started: 'e.tags',
      moved: 'e.tags',
      key: 'tag',
      from: 'sums LEFT JOIN LATERAL unnest(by) AS tag ON true',
      order: longest,
    },
  }[groupBy];
  const units =
    groupBy === 'project' || groupBy === 'tag'
      ? "SELECT 1 AS i, '' AS key, $1 AS since"
      : unitsSql(UNITS[groupBy]);
  const epoch = (interval: string) => `date_part('epoch', ${interval})`;
  const whole = `(${END} - e.start_at)`;
  const rounded = `${ROUND[rounding.mode]}(${epoch(whole)} / $5) * $5`;
  // The sum of intervals is exact, and faster than one of numbers made from each.
  const exact = rounding.mode === 'none';
  const sumSql = (filter = '') =>
    exact ? epoch(`sum(${whole}) ${filter}`) : `sum(${rounded}) ${filter}`;
  const beyond = epoch(`${END} - since`);
  const share = exact ? beyond : `${beyond} * ${rounded} / ${epoch(whole)}`;

  const { rows } = await db.query<{ report: Report }>(
    `WITH params AS MATERIALIZED (
       SELECT $1::timestamptz, $2::timestamptz, $3::text, $4::text, $5::float8, $6::int
     ), units AS MATERIALIZED (${units}), bounds AS MATERIALIZED (
       SELECT array_agg(since ORDER BY i) AS sinces, array_agg(key ORDER BY i) AS keys,
              count(*)::int AS units
       FROM units
     ), crossing AS MATERIALIZED (
       SELECT e.*, i, ${share} AS beyond
       FROM (SELECT i, since FROM units UNION ALL SELECT units + 1, $2 FROM bounds) begun
       JOIN entries e ON tstzrange(e.start_at, e.end_at, '[]') @> since
         AND e.start_at < since AND ${END} > since
     ), parts AS (
       SELECT ${group.started} AS by, count(*) AS parts, count(*) AS entries,
              ${sumSql()} AS seconds, ${sumSql('FILTER (WHERE billable)')} AS billable
       FROM entries e ${whereSql(['e.start_at >= $1', 'e.start_at < $2', ...conditions])}
       GROUP BY 1
       UNION ALL
       SELECT ${group.moved}, 1 + step, CASE i + step WHEN 1 THEN 1 + step ELSE 0 END,
              (1 + 2 * step) * beyond, CASE WHEN billable THEN (1 + 2 * step) * beyond END
       FROM crossing e, (VALUES (0), (-1)) moves(step), bounds
       ${whereSql(['i + step BETWEEN 1 AND units', ...conditions])}
     ), sums AS MATERIALIZED (
       SELECT by, sum(parts) AS parts, sum(entries) AS entries, sum(seconds) AS seconds,
              coalesce(sum(billable), 0) AS billable
       FROM parts GROUP BY by
     ), groups AS (
       SELECT ${group.key} AS key, round(sum(seconds))::bigint AS seconds,
              round(sum(billable))::bigint AS "billableSeconds", sum(parts)::int AS entries
       FROM ${group.from} GROUP BY 1
     ), named AS (
       SELECT g.*, coalesce(p.name, g.key, '') AS name, p.color
       FROM groups g LEFT JOIN projects p ON $4 = 'project' AND p.id::text = g.key
     )
     SELECT json_build_object(
       'total', (SELECT json_build_object(
         'seconds', coalesce(round(sum(seconds)), 0)::bigint,
         'billableSeconds', coalesce(round(sum(billable)), 0)::bigint,
         'entries', coalesce(sum(entries), 0)::int) FROM sums),
       'groups', (SELECT coalesce(json_agg(json_strip_nulls(to_json(named)) ORDER BY ${group.order}), '[]')
         FROM named)
     ) AS report FROM params`,
    values,
  );
  const report = rows[0]?.report ?? {
    total: { seconds: 0, billableSeconds: 0, entries: 0 },
    groups: [],
  };
  return { ...report, groups: report.groups.map((each) => ({ ...each, key: each.key ?? null })) };
}
