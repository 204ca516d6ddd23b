// From a report's groups to what a chart and a table show.
import type { ReportGroup, Totals } from '../api/types.ts';
import type { Group } from '../lib/filters.ts';
import {
  type Day,
  dayInFull,
  monthEnd,
  monthName,
  monthStart,
  plusDays,
  plusMonths,
  shortDay,
  type WeekStart,
  weekday,
  weekStart,
} from '../lib/zone.ts';

export interface Bar extends Totals {
  id: string;
  /** Below the bar, short. */
  label: string;
  /** In the table and the tooltip, in full. */
  name: string;
  color?: string;
  /** The days that the bar stands for. */
  range?: { from: Day; to: Day };
}

const nothing: Totals = { seconds: 0, billableSeconds: 0, entries: 0 };

const steps = {
  day: {
    first: (day: Day) => day,
    next: (day: Day) => plusDays(day, 1),
    label: (day: Day, many: boolean) => (many ? shortDay(day) : `${weekday(day)} ${+day.slice(8)}`),
    name: dayInFull,
  },
  week: {
    first: weekStart,
    next: (day: Day) => plusDays(day, 7),
    label: shortDay,
    name: (day: Day) => `${shortDay(day)} – ${shortDay(plusDays(day, 6))} ${day.slice(0, 4)}`,
  },
  month: {
    first: monthStart,
    next: (day: Day) => plusMonths(day, 1),
    label: (day: Day) => monthName(day).slice(0, 3),
    name: monthName,
  },
} as const;

/** One bar a day, week or month of the range, those without an entry too. */
export function timeBars(
  by: 'day' | 'week' | 'month',
  groups: ReportGroup[],
  range: { from: Day; to: Day },
  firstDay: WeekStart,
): Bar[] {
  const step = steps[by];
  const found = new Map(
    groups.map((group) => [group.key?.slice(0, by === 'month' ? 7 : 10), group]),
  );
  const days: Day[] = [];
  for (let day = step.first(range.from, firstDay); day <= range.to; day = step.next(day)) {
    days.push(day);
  }
  return days.map((day) => {
    const { seconds, billableSeconds, entries } =
      found.get(by === 'month' ? day.slice(0, 7) : day) ?? nothing;
    const last = by === 'month' ? monthEnd(day) : plusDays(step.next(day), -1);
    return {
      id: day,
      label: step.label(day, days.length > 14),
      name: step.name(day),
      range: {
        from: day < range.from ? range.from : day,
        to: last > range.to ? range.to : last,
      },
      seconds,
      billableSeconds,
      entries,
    };
  });
}

/** One bar a project, client or tag, the longest first. */
export function thingBars(groups: ReportGroup[], none: string): Bar[] {
  return groups
    .map(({ key, name, color, ...totals }) => ({
      id: key ?? '',
      label: key === null ? none : name,
      name: key === null ? none : name,
      ...(color && { color }),
      ...totals,
    }))
    .sort((a, b) => b.seconds - a.seconds);
}

export const isTime = (by: Group): by is 'day' | 'week' | 'month' =>
  by === 'day' || by === 'week' || by === 'month';

/** Round numbers of hours for an axis that reaches `seconds`, at most five. */
export function ticks(seconds: number): number[] {
  const hours = Math.max(seconds / 3600, 1);
  const size = 10 ** Math.floor(Math.log10(hours / 4));
  const step =
    hours <= 5
      ? [0.25, 0.5, 1, 2].find((each) => hours / each <= 5)
      : [1, 2, 2.5, 5, 10].map((each) => each * size).find((each) => hours / each <= 5);
  const count = Math.ceil(hours / (step ?? 1));
  return Array.from({ length: count + 1 }, (_, index) => index * (step ?? 1) * 3600);
}
