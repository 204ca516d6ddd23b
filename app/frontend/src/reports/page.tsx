import './reports.css';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../api/session.ts';
import type { Report, ReportGroup, Totals } from '../api/types.ts';
import { hours } from '../lib/duration.ts';
import { type Filters, type Group, groups, rangeOf, writeFilters } from '../lib/filters.ts';
import { longDay, shortDay } from '../lib/zone.ts';
import { filter, filters, Link, MaybeLink } from '../router.tsx';
import {
  clients,
  currentDay,
  firstDay,
  projectName,
  projects,
  settings,
  zone,
} from '../state/base.ts';
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
  client: 'Client',
  tag: 'Tag',
};

const roundings = { nearest: 'to the nearest', up: 'up to the next', down: 'down to the last' };
const rounded = {
  entry: 'Each entry is',
  day: 'A project’s sum on each day is',
  project: 'A project’s sum in the period is',
};
const without: Record<Group, string> = {
  day: '',
  week: '',
  month: '',
  project: 'No project',
  client: 'No client',
  tag: 'No tag',
};

interface Shown {
  view: Filters;
  main: Report;
  byProject: Report;
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
      roundingPer: rounding.mode === 'none' ? undefined : rounding.per,
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

/** The entries behind a bar, on the Time page; what has no project, client or tag can't be asked for. */
function entriesOf(view: Filters, bar: Bar): string | undefined {
  if (!bar.id) return undefined;
  const { from, to, project, client, tag, billable } = view;
  const narrowed = { from, to, project, client, tag, billable, ...bar.range };
  if (view.by === 'project') narrowed.project = bar.id;
  if (view.by === 'client') narrowed.client = bar.id;
  if (view.by === 'tag') narrowed.tag = bar.id;
  return `/${writeFilters(narrowed)}`;
}

function Table({ view, bars, total }: { view: Filters; bars: Bar[]; total: Totals }) {
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
        {/* An entry with several tags counts for each of them: there the sum is another. */}
        {view.by !== 'tag' && (
          <tfoot>
            <tr>
              <th scope="row">Total</th>
              <td>{total.entries}</td>
              <td>{hours(total.billableSeconds)}</td>
              <td>{hours(total.seconds)}</td>
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

/** Two clients may each have a project of one name. */
const named = (groups: ReportGroup[]): ReportGroup[] =>
  groups.map((group) => {
    const project = projects.value.find(({ id }) => id === group.key);
    return project ? { ...group, name: projectName(project) } : group;
  });

function Result({ shown: { view, main, byProject } }: { shown: Shown }) {
  const { total } = main;
  const time = isTime(view.by);
  const bars = isTime(view.by)
    ? timeBars(view.by, main.groups, view, firstDay.value)
    : thingBars(view.by === 'project' ? named(main.groups) : main.groups, without[view.by]);
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
      <section class="card chart-card" aria-label="Chart">
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
      {time && <Strip bars={thingBars(named(byProject.groups), 'No project')} />}
      {view.by === 'tag' && (
        <p class="muted">An entry with several tags counts for each of them.</p>
      )}
      <Table view={view} bars={bars} total={total} />
    </>
  );
}

/** What a report on paper says of itself: whose hours, when, and how they are counted. */
function PaperHead({ view }: { view: Filters }) {
  const project = projects.value.find(({ id }) => id === view.project);
  const client = clients.value.find(({ id }) => id === view.client) ?? project?.client;
  const about = [
    client && ['Client', client.name],
    project && ['Project', project.name],
    view.tag && ['Tag', view.tag],
    view.billable && ['Hours', view.billable === 'true' ? 'Billable alone' : 'Not billable alone'],
    [
      'Period',
      view.from === view.to ? longDay(view.from) : `${longDay(view.from)} to ${longDay(view.to)}`,
    ],
    ['Time zone', zone.value],
  ].filter((line) => Array.isArray(line));
  return (
    <header class="paper-head">
      <p class="paper-title">{client ? `Hours for ${client.name}` : 'Hours'}</p>
      <dl>
        {about.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </header>
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
    const projects = view.by === 'project' ? main : fetchReport(view, 'project', abort.signal);
    Promise.all([main, projects])
      .then(([main, byProject]) => {
        shown.value = { view, main, byProject };
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
      {view.from && view.to && <PaperHead view={view} />}
      <div class="page-head">
        <h1>Reports</h1>
        <div class="tools">
          <button type="button" class="quiet" onClick={() => print()}>
            Print or PDF
          </button>
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
          {rounded[rounding.per ?? 'entry']} rounded {roundings[rounding.mode]} {rounding.minutes}{' '}
          minutes.{' '}
          <Link class="on-screen" href="/settings">
            Change
          </Link>
        </p>
      )}
      <div class="report" aria-busy={loading.value}>
        {shown.value ? <Result shown={shown.value} /> : <div class="skeleton" />}
      </div>
    </>
  );
}
