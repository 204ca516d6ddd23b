// What is shown, as the address has it: a view can be bookmarked, and Back goes back.

import type { WeekStart } from './zone.ts';
import { type Day, isDay, monthEnd, monthStart, plusDays, plusMonths, weekStart } from './zone.ts';

export const groups = ['day', 'week', 'month', 'project', 'client', 'tag'] as const;
export type Group = (typeof groups)[number];

export interface Filters {
  /** First and last day, both included. Empty: no bound. */
  from: Day;
  to: Day;
  project: string;
  client: string;
  tag: string;
  q: string;
  source: string;
  billable: '' | 'true' | 'false';
  by: Group;
}

export const noFilters: Filters = {
  from: '',
  to: '',
  project: '',
  client: '',
  tag: '',
  q: '',
  source: '',
  billable: '',
  by: 'day',
};

const day = (text: string | null): Day => (text && isDay(text) ? text : '');

/** Reads an address; what it can't make sense of is as if it were not there. */
export function readFilters(search: string): Filters {
  const get = new URLSearchParams(search);
  const billable = get.get('billable');
  return {
    from: day(get.get('from')),
    to: day(get.get('to')),
    project: get.get('project') ?? '',
    client: get.get('client') ?? '',
    tag: get.get('tag') ?? '',
    q: get.get('q') ?? '',
    source: get.get('source') ?? '',
    billable: billable === 'true' || billable === 'false' ? billable : '',
    by: groups.find((group) => group === get.get('by')) ?? 'day',
  };
}

/** The part of an address for these filters, '' for none: only what differs from no filters. */
export function writeFilters(filters: Partial<Filters>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...noFilters, ...filters })) {
    if (value !== noFilters[key as keyof Filters]) search.set(key, value);
  }
  const text = search.toString();
  return text && `?${text}`;
}

export const periods = {
  today: 'Today',
  week: 'This week',
  lastWeek: 'Last week',
  month: 'This month',
  lastMonth: 'Last month',
  year: 'This year',
} as const;
export type Period = keyof typeof periods;

export function rangeOf(period: Period, now: Day, first: WeekStart): { from: Day; to: Day } {
  const week = weekStart(now, first);
  const month = monthStart(now);
  switch (period) {
    case 'today':
      return { from: now, to: now };
    case 'week':
      return { from: week, to: plusDays(week, 6) };
    case 'lastWeek':
      return { from: plusDays(week, -7), to: plusDays(week, -1) };
    case 'month':
      return { from: month, to: monthEnd(month) };
    case 'lastMonth':
      return { from: plusMonths(month, -1), to: plusDays(month, -1) };
    case 'year':
      return { from: `${now.slice(0, 4)}-01-01`, to: `${now.slice(0, 4)}-12-31` };
  }
}

/** Which period a range is, if it is one. */
export function periodOf(range: { from: Day; to: Day }, now: Day, first: WeekStart) {
  return (Object.keys(periods) as Period[]).find((period) => {
    const { from, to } = rangeOf(period, now, first);
    return from === range.from && to === range.to;
  });
}

/** The range before or after: a month for whole months, a year for a year, else as many days. */
export function shiftRange(from: Day, to: Day, direction: 1 | -1): { from: Day; to: Day } {
  if (from === monthStart(from) && to === monthEnd(to)) {
    const months =
      (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 +
      Number(to.slice(5, 7)) -
      Number(from.slice(5, 7)) +
      1;
    const next = plusMonths(from, months * direction);
    return { from: next, to: monthEnd(plusMonths(next, months - 1)) };
  }
  const length = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
  return { from: plusDays(from, length * direction), to: plusDays(to, length * direction) };
}
