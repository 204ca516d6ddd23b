import './reports.css';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../api/session.ts';
import type { Report } from '../api/types.ts';
import { hours } from '../lib/duration.ts';
import { type Filters, type Group, groups, rangeOf, writeFilters } from '../lib/filters.ts';
import { longDay, shortDay } from '../lib/zone.ts';
import { filter, filters, Link, MaybeLink } from '../router.tsx';
import { currentDay, firstDay, settings, zone } from '../state/base.ts';
import { boundsOf, queryOf } from '../state/entries.ts';
import { fail } from '../state/toast.ts';
import { exportMenu } from '../ui/export.tsx';
import { Swatch } from '../ui/fields.tsx';
import { FilterBar } from '../ui/filter-bar.tsx';
import { Icon } from '../ui/icons.tsx';
import { Menu } from '../ui/menu.tsx';
import { Bars, Columns, Strip } from './charts.tsx';
import { type Bar, isTime, thingBars, timeBars } from './series.ts';

const groupNames: Record<Group, string> = {
  day: 'Day',
  week: 'Week',
  month: 'Month',
  project: 'Project',
  tag: 'Tag',
};

const roundings = { nearest: 'to the nearest', up: 'up to the next', down: 'down to the last' };

interface Shown {
  view: Filters;
  main: Report;
  projects: Report;
}

function fetchReport(view: Filters, groupBy: Group, signal: AbortSignal): Promise<Report> {
  const { q: _, source: __, ...query } = queryOf(view, zone.value);
  const { rounding, weekStart } = settings.value;
  return client.request('GET', '/api/reports/summary', {
    query: {
      ...query,
      ...boundsOf(view, zone.value),
      groupBy,
      timezone: zone.value,
      weekStart,
      rounding: rounding.mode,
      roundingMinutes: rounding.mode === 'none' ? undefined : rounding.minutes,
    },
    signal,
  });
}

function Figure({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div class="figure card">
      <dt>{name}</dt>
      <dd>
        {value}
        {note && <small>{note}</small>}
      </dd>
    </div>
  );
}

/** The entries behind a bar, on the Time page; what has no project or tag can't be asked for. */
function entriesOf(view: Filters, bar: Bar): string | undefined {
  if (!bar.id) return undefined;
  const { from, to, project, tag, billable } = view;
  const narrowed = { from, to, project, tag, billable, ...bar.range };
  if (view.by === 'project') narrowed.project = bar.id;
  if (view.by === 'tag') narrowed.tag = bar.id;
  return `/${writeFilters(narrowed)}`;
}

function Table({ view, bars }: { view: Filters; bars: Bar[] }) {
  const filled = bars.filter(({ entries }) => entries > 0);
  return (
    <div class="table-box card">
      <table>
        <caption class="visually-hidden">Hours by {groupNames[view.by].toLowerCase()}</caption>
        <thead>
          <tr>
            <th scope="col">{groupNames[view.by]}</th>
            <th scope="col">Entries</th>
            <th scope="col">Billable</th>
            <th scope="col">Total</th>
          </tr>
        </thead>
        <tbody>
          {filled.map((bar) => (
            <tr key={bar.id}>
              <th scope="row">
                {view.by === 'project' && <Swatch color={bar.color} />}
                <MaybeLink class="plain" href={entriesOf(view, bar)}>
                  {bar.name}
                </MaybeLink>
              </th>
              <td>{bar.entries}</td>
              <td>{hours(bar.billableSeconds)}</td>
              <td>{hours(bar.seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Result({ shown: { view, main, projects } }: { shown: Shown }) {
  const { total } = main;
  const time = isTime(view.by);
  const bars = isTime(view.by)
    ? timeBars(view.by, main.groups, view, firstDay.value)
    : thingBars(main.groups, view.by === 'project' ? 'No project' : 'No tag');
  const hrefOf = (bar: Bar) => entriesOf(view, bar);
  const share = total.seconds ? Math.round((total.billableSeconds / total.seconds) * 100) : 0;
  const busy = bars.filter(({ seconds }) => seconds > 0).length;

  if (!total.entries) {
    return (
      <div class="empty">
        <h2>No hours in this period</h2>
        <p class="muted">
          {longDay(view.from)} to {longDay(view.to)}
        </p>
      </div>
    );
  }
  return (
    <>
      <dl class="figures">
        <Figure name="Total" value={`${hours(total.seconds)} h`} />
        <Figure
          name="Billable"
          value={`${hours(total.billableSeconds)} h`}
          note={`${share} % of the total`}
        />
        <Figure name="Entries" value={String(total.entries)} />
        {time && (
          <Figure
            name={`Average ${view.by}`}
            value={`${hours(busy ? total.seconds / busy : 0)} h`}
            note={`over ${busy} with hours`}
          />
        )}
      </dl>
      <section class="card" aria-label="Chart">
        {time ? (
          <Columns
            bars={bars}
            title={`Hours by ${view.by}, ${shortDay(view.from)} to ${shortDay(view.to)}; the table has the figures`}
            hrefOf={hrefOf}
          />
        ) : (
          <Bars bars={bars.slice(0, 25)} hrefOf={hrefOf} />
        )}
      </section>
      {time && <Strip bars={thingBars(projects.groups, 'No project')} />}
      {view.by === 'tag' && (
        <p class="muted">An entry with several tags counts for each of them.</p>
      )}
      <Table view={view} bars={bars} />
    </>
  );
}

export function ReportsPage() {
  const view = filters.value;
  const { rounding } = settings.value;
  const shown = useSignal<Shown | undefined>(undefined);
  const loading = useSignal(false);

  const key = JSON.stringify([view, settings.value]);
  useEffect(() => {
    // Without days in the address it is about this month.
    if (!view.from || !view.to) {
      filter(rangeOf('month', currentDay.value, firstDay.value), true);
      return;
    }
    const abort = new AbortController();
    loading.value = true;
    const main = fetchReport(view, view.by, abort.signal);
    const byProject = view.by === 'project' ? main : fetchReport(view, 'project', abort.signal);
    Promise.all([main, byProject])
      .then(([main, projects]) => {
        shown.value = { view, main, projects };
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) fail(error);
      })
      .finally(() => {
        if (!abort.signal.aborted) loading.value = false;
      });
    return () => abort.abort();
  }, [key]);

  return (
    <>
      <div class="page-head">
        <h1>Reports</h1>
        <div class="tools">
          <Menu class="quiet" items={exportMenu(queryOf(view, zone.value))}>
            <Icon name="export" /> Export
          </Menu>
        </div>
      </div>
      <FilterBar>
        <select
          aria-label="Billable filter"
          value={view.billable}
          onChange={(event) =>
            filter({ billable: event.currentTarget.value as Filters['billable'] })
          }
        >
          <option value="">Billable or not</option>
          <option value="true">Billable</option>
          <option value="false">Not billable</option>
        </select>
      </FilterBar>
      <fieldset class="segments">
        <legend class="visually-hidden">Group by</legend>
        {groups.map((group) => (
          <label key={group}>
            <input
              type="radio"
              name="by"
              checked={view.by === group}
              onChange={() => filter({ by: group })}
            />
            <span class="segment">{groupNames[group]}</span>
          </label>
        ))}
      </fieldset>
      {rounding.mode !== 'none' && (
        <p class="muted rounding-note">
          Entries are rounded {roundings[rounding.mode]} {rounding.minutes} minutes.{' '}
          <Link href="/settings">Change</Link>
        </p>
      )}
      <div class="report" aria-busy={loading.value}>
        {shown.value ? <Result shown={shown.value} /> : <div class="skeleton" />}
      </div>
    </>
  );
}
