import { Temporal } from 'temporal-polyfill';
import type { Static } from 'typebox';
import type { Queryable } from '../database/database.js';
import { type Filter, filterSql, whereSql } from '../entries/filter.js';
import { iso } from '../entries/times.js';
import { round, roundSql, wholeSeconds } from '../rounding.js';
import type { GroupBy, Report as ReportSchema } from '../schemas/reports.js';
import type { Settings } from '../settings.js';
import { zoneOf } from '../zone.js';
import { type Begun, firstOf, unitsOf } from './units.js';

type Report = Static<typeof ReportSchema>;
type By = Static<typeof GroupBy>;

export interface ReportOptions extends Pick<Settings, 'timezone' | 'weekStart' | 'rounding'> {
  groupBy: By;
  filter: Filter & { from: string; to: string };
}

/** Entries that begin in one unit and end in one, of the same project and so on. */
interface Sum {
  first: number;
  last: number;
  project: string | null;
  tags: string[] | null;
  billable: boolean;
  entries: number;
  /** The sum of their weights: what each counts for a second of its own. */
  weight: number;
  /** Their weighted seconds within the period. */
  seconds: number;
  /** Their weighted seconds from the period's beginning to theirs. */
  lead: number;
}

/** What of them is in one unit. */
interface Piece extends Pick<Sum, 'project' | 'tags' | 'billable' | 'entries' | 'seconds'> {
  unit: number;
}

/** A running one counts until now. */
const END = "coalesce(e.end_at, greatest(date_trunc('second', now()), e.start_at))";
const epoch = (interval: string) => `date_part('epoch', ${interval})`;

/**
 * Totals of a period by local day, week or month, project, client or tag, exact over midnight and
 * over a change to summer time. An entry is rounded as a whole, or the sum of a project's on a day,
 * or in the period; parts of what is rounded have their share of it.
 */
export async function summarize(db: Queryable, options: ReportOptions): Promise<Report> {
  const { groupBy, rounding } = options;
  const { from, to } = options.filter;
  const byTime = groupBy === 'day' || groupBy === 'week' || groupBy === 'month';
  const summed = rounding.mode !== 'none' && rounding.per !== 'entry';
  const byDay = summed && rounding.per === 'day';
  const zone = zoneOf(options.timezone);
  const period = [Date.parse(from), Date.parse(to)] as const;
  const unit = byDay ? 'day' : byTime ? groupBy : undefined;
  const units = unit
    ? unitsOf(...period, unit, zone, options.weekStart)
    : [{ key: '', since: period[0] }];
  const names = await namesOf(db, groupBy);

  const sums = await sumsOf(db, options, units, {
    units: unit !== undefined,
    project: summed || groupBy === 'project' || groupBy === 'client',
    tags: groupBy === 'tag',
    exact: summed || rounding.mode === 'none',
  });
  const groupOf = units.map(({ key }) => {
    if (!byTime) return '';
    const day = byDay ? Temporal.PlainDate.from(key) : undefined;
    return day ? firstOf(day, groupBy, options.weekStart).toString() : key;
  });
  const pieces = piecesOf(sums, units, period, groupOf);
  if (summed) roundSums(pieces, rounding, byDay);

  const keysOf = (piece: Piece): (string | null)[] => {
    if (byTime) return [groupOf[piece.unit] ?? ''];
    if (groupBy === 'tag') return piece.tags?.length ? piece.tags : [null];
    if (groupBy === 'project') return [piece.project];
    return [(piece.project && names.get(piece.project)?.client) ?? null];
  };
  const groups = new Map<string | null, Report['total']>();
  const total = { seconds: 0, billableSeconds: 0, entries: 0 };
  for (const piece of pieces) {
    add(total, piece);
    for (const key of keysOf(piece)) {
      const group = groups.get(key) ?? { seconds: 0, billableSeconds: 0, entries: 0 };
      groups.set(key, group);
      add(group, piece);
    }
  }
  total.entries = sums.reduce((sum, { entries }) => sum + entries, 0);
  const shown = [...groups].map(([key, sum]) => {
    const named = key === null ? undefined : names.get(key);
    const color = named?.color && { color: named.color };
    return { key, name: named?.name ?? key ?? '', ...color, ...whole(sum) };
  });
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  shown.sort((a, b) =>
    byTime ? order(a.key ?? '', b.key ?? '') : b.seconds - a.seconds || order(a.name, b.name),
  );
  return { total: whole(total), groups: shown };
}

function add(sum: Report['total'], { seconds, billable, entries }: Piece): void {
  sum.seconds += seconds;
  if (billable) sum.billableSeconds += seconds;
  sum.entries += entries;
}

const whole = ({ seconds, billableSeconds, entries }: Report['total']) => ({
  seconds: wholeSeconds(seconds),
  billableSeconds: wholeSeconds(billableSeconds),
  entries,
});

interface Named {
  name: string;
  color?: string;
  client?: string | null;
}

/** What the keys of groups are called; of projects also whose they are. */
async function namesOf(db: Queryable, groupBy: By): Promise<Map<string, Named>> {
  if (groupBy !== 'project' && groupBy !== 'client') return new Map();
  const { rows } = await db.query<Named & { id: string }>(
    groupBy === 'project'
      ? 'SELECT id, name, color FROM projects'
      : `SELECT id, name, NULL AS client FROM clients
         UNION ALL SELECT id, name, client_id FROM projects`,
  );
  return new Map(rows.map(({ id, ...named }) => [id, named]));
}

/**
 * The entries that touch the period, summed up by the units in which they begin and end. So a month
 * of 28,000 entries is one pass over an index, and one that lasts for years is no more work than
 * others.
 */
async function sumsOf(
  db: Queryable,
  { filter: { from, to, ...filter }, rounding }: ReportOptions,
  units: Begun[],
  by: { units: boolean; project: boolean; tags: boolean; exact: boolean },
): Promise<Sum[]> {
  const { mode, minutes } = rounding;
  const values: unknown[] = [
    iso(Date.parse(from)),
    iso(Date.parse(to)),
    minutes * 60,
    units.map(({ since }) => iso(since)),
  ];
  const conditions = filterSql(filter, values);
  const columns = [
    'e.start_at',
    `${END} AS end_at`,
    'e.billable',
    ...(by.project ? ['e.project_id'] : []),
    ...(by.tags ? ['e.tags'] : []),
  ].join(', ');
  const [start, end] = ['greatest(e.start_at, $1)', 'least(e.end_at, $2)'];
  const groups = ['billable'];
  const selected = ['billable'];
  const group = (name: string, sql: string) => {
    groups.push(name);
    selected.push(`${sql} AS ${name}`);
  };
  if (by.units) {
    group('first', `width_bucket(${start}, $4::timestamptz[]) - 1`);
    group(
      'last',
      `width_bucket(greatest(${end} - interval '1 microsecond', ${start}), $4::timestamptz[]) - 1`,
    );
  }
  if (by.project) group('project', 'project_id');
  if (by.tags) group('tags', 'tags');
  // The sum of intervals is exact, and faster than one of numbers made from each.
  const length = epoch('e.end_at - e.start_at');
  const weight = `coalesce(${roundSql(mode, length, '$3')} / nullif(${length}, 0), 0)`;
  const sum = (interval: string) =>
    by.exact ? epoch(`sum(${interval})`) : `sum(${epoch(interval)} * weight)`;
  const { rows } = await db.query<Sum>(
    `SELECT ${groups.join(', ')}, count(*)::int AS entries,
            ${by.exact ? 'count(*)::float8' : 'sum(weight)'} AS weight,
            ${sum('till - since')} AS seconds, ${sum('since - $1')} AS lead
     FROM (
       SELECT ${selected.join(', ')}, ${start} AS since, ${end} AS till
              ${by.exact ? '' : `, ${weight} AS weight`}
       FROM (
         SELECT ${columns} FROM entries e
         ${whereSql(['e.start_at >= $1::timestamptz', 'e.start_at < $2::timestamptz', ...conditions])}
         UNION ALL
         SELECT ${columns} FROM entries e
         ${whereSql([
           "tstzrange(e.start_at, e.end_at, '[]') @> $1::timestamptz",
           'e.start_at < $1',
           `${END} > $1`,
           ...conditions,
         ])}
       ) e
       WHERE $3::float8 > 0 AND $4::timestamptz[] IS NOT NULL
     ) parts GROUP BY ${groups.join(', ')}`,
    values,
  );
  return rows.map((row) => ({
    ...row,
    first: row.first ?? 0,
    last: row.last ?? 0,
    project: row.project ?? null,
    tags: row.tags ?? null,
  }));
}

/** What is in each unit. An entry counts once in a group, however many of its units it is in. */
function piecesOf(
  sums: Sum[],
  units: Begun[],
  [from, to]: readonly [number, number],
  groupOf: string[],
): Piece[] {
  const since = (unit: number) => ((units[unit]?.since ?? to) - from) / 1000;
  const begins = (unit: number) => groupOf[unit] !== groupOf[unit - 1];
  const pieces: Piece[] = [];
  /** Of entries of a kind that are on all through units: from where to where, and how many. */
  const through = new Map<string, { like: Sum; change: Map<number, [number, number]> }>();
  for (const sum of sums) {
    const { first, last, entries, weight, seconds, lead } = sum;
    if (first === last) {
      pieces.push({ ...sum, unit: first });
      continue;
    }
    pieces.push({ ...sum, unit: first, seconds: weight * since(first + 1) - lead });
    pieces.push({
      ...sum,
      unit: last,
      seconds: seconds + lead - weight * since(last),
      entries: begins(last) ? entries : 0,
    });
    if (last === first + 1) continue;
    const kind = JSON.stringify([sum.project, sum.tags, sum.billable]);
    const kept = through.get(kind) ?? { like: sum, change: new Map() };
    through.set(kind, kept);
    for (const [unit, sign] of [
      [first + 1, 1],
      [last, -1],
    ] as const) {
      const [weights, count] = kept.change.get(unit) ?? [0, 0];
      kept.change.set(unit, [weights + sign * weight, count + sign * entries]);
    }
  }
  for (const { like, change } of through.values()) {
    let [weight, entries] = [0, 0];
    const turns = [...change].sort(([a], [b]) => a - b);
    for (const [index, [unit, [weights, count]]] of turns.entries()) {
      weight += weights;
      entries += count;
      if (entries === 0) continue;
      for (let at = unit; at < (turns[index + 1]?.[0] ?? unit); at++) {
        const seconds = weight * (since(at + 1) - since(at));
        pieces.push({ ...like, unit: at, seconds, entries: begins(at) ? entries : 0 });
      }
    }
  }
  return pieces;
}

/** Rounds the sum of each project, billed or not, on each day or in all; pieces have their share. */
function roundSums(pieces: Piece[], rounding: Settings['rounding'], byDay: boolean): void {
  const keyOf = ({ unit, project, billable }: Piece) =>
    `${byDay ? unit : ''} ${project} ${billable}`;
  const sums = new Map<string, number>();
  for (const piece of pieces) {
    sums.set(keyOf(piece), (sums.get(keyOf(piece)) ?? 0) + piece.seconds);
  }
  for (const piece of pieces) {
    const sum = sums.get(keyOf(piece)) ?? 0;
    if (sum > 0) piece.seconds *= round(rounding.mode, sum, rounding.minutes * 60) / sum;
  }
}
