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

const ROUNDED = {
  none: 'whole',
  nearest: 'round(whole / $5) * $5',
  up: 'ceil(whole / $5) * $5',
  down: 'floor(whole / $5) * $5',
};

/**
 * Totals of a period. Entries are cut where the period and the local day, week or month ends, so
 * that each part counts where it belongs, over midnight and over a change to summer time. An entry
 * is rounded as a whole, and its parts have their share of that. A running one counts until now.
 */
export async function summarize(db: Queryable, options: ReportOptions): Promise<Report> {
  const { groupBy, filter, timezone, weekStart, rounding } = options;
  const values: unknown[] = [
    filter.from,
    filter.to,
    timezone,
    groupBy,
    rounding.minutes * 60,
    weekStart,
  ];
  const where = whereSql(filterSql(filter, values));
  const unit = groupBy === 'project' || groupBy === 'tag' ? undefined : UNITS[groupBy];
  const bounds = unit
    ? `SELECT array_agg(greatest(u::timestamp AT TIME ZONE $3, $1) ORDER BY u) AS starts,
              array_agg(u::date::text ORDER BY u) AS keys
       FROM generate_series(
         (SELECT ${unit.start} FROM (SELECT ($1::timestamptz AT TIME ZONE $3)::date AS d) first),
         (($2::timestamptz - interval '1 microsecond') AT TIME ZONE $3)::date,
         interval '${unit.step}') u`
    : "SELECT ARRAY[$1::timestamptz] AS starts, ARRAY['']::text[] AS keys";
  const longest = 'seconds DESC, name';
  const byTime = { by: 'i', key: '(SELECT keys[by] FROM bounds)', from: 'sums', order: 'key' };
  const group = {
    day: byTime,
    week: byTime,
    month: byTime,
    project: { by: 'project_id', key: 'by::text', from: 'sums', order: longest },
    tag: {
      by: 'tags',
      key: 'tag',
      from: 'sums LEFT JOIN LATERAL unnest(by) AS tag ON true',
      order: longest,
    },
  }[groupBy];

  const { rows } = await db.query<{ report: Report }>(
    `WITH params AS MATERIALIZED (
       SELECT $1::timestamptz, $2::timestamptz, $3::text, $4::text, $5::float8, $6::int
     ), bounds AS MATERIALIZED (${bounds}), picked AS (
       SELECT e.project_id, e.tags, e.billable, e.start_at AS s,
              greatest(coalesce(e.end_at, date_trunc('second', now())), e.start_at) AS e
       FROM entries e ${where}
     ), placed AS (
       SELECT *, width_bucket(greatest(s, $1), starts) AS first,
              width_bucket(greatest(s, $1, least(e, $2) - interval '1 second'), starts) AS last
       FROM picked, bounds
     ), cut AS (
       SELECT *, generate_series(first, last) AS i FROM placed
     ), measured AS (
       SELECT ${group.by} AS by, billable, i = first AS counts, date_part('epoch', e - s) AS whole,
              date_part('epoch', least(e, coalesce(starts[i + 1], $2))
                                 - greatest(s, starts[i])) AS part
       FROM cut
     ), sums AS MATERIALIZED (
       SELECT by, billable, count(*) AS parts, count(*) FILTER (WHERE counts) AS entries,
              sum(CASE WHEN whole = 0 THEN 0 ELSE part * (${ROUNDED[rounding.mode]}) / whole END) AS seconds
       FROM measured GROUP BY by, billable
     ), groups AS (
       SELECT ${group.key} AS key, round(sum(seconds))::bigint AS seconds,
              coalesce(round(sum(seconds) FILTER (WHERE billable)), 0)::bigint AS "billableSeconds",
              sum(parts)::int AS entries
       FROM ${group.from} GROUP BY 1
     ), named AS (
       SELECT g.*, coalesce(p.name, g.key, '') AS name, p.color
       FROM groups g LEFT JOIN projects p ON $4 = 'project' AND p.id::text = g.key
     )
     SELECT json_build_object(
       'total', (SELECT json_build_object(
         'seconds', coalesce(round(sum(seconds)), 0)::bigint,
         'billableSeconds', coalesce(round(sum(seconds) FILTER (WHERE billable)), 0)::bigint,
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
