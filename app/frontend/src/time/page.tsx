import './time.css';
import { useEffect, useRef } from 'preact/hooks';
import type { Entry } from '../api/types.ts';
import { hours, spoken } from '../lib/duration.ts';
import { dayName, longDay } from '../lib/zone.ts';
import { filters, Link } from '../router.tsx';
import { currentDay, now, zone } from '../state/base.ts';
import {
  createEntry,
  type DayGroup,
  days,
  hasMore,
  queryOf,
  showEntries,
  showMore,
  state,
} from '../state/entries.ts';
import { fail } from '../state/toast.ts';
import { exportMenu } from '../ui/export.tsx';
import { FilterBar } from '../ui/filter-bar.tsx';
import { refocus } from '../ui/focus.ts';
import { Icon } from '../ui/icons.tsx';
import { Menu } from '../ui/menu.tsx';
import { EntryForm } from './entry-form.tsx';
import { adding, focusRow, neighbour } from './page-state.ts';
import { act, Row, secondsOf } from './row.tsx';
import { TimerBar } from './timer-bar.tsx';
import { ZoneNotice } from './zone-notice.tsx';

/** Deletes and sends the focus on, so that the keyboard is not back at the top. */
export function remove(entry: Entry): void {
  const next = neighbour(entry.id);
  act.delete(entry);
  focusRow(next);
}

function Day({ group }: { group: DayGroup }) {
  const total = group.entries.reduce((sum, entry) => sum + secondsOf(entry), 0);
  const heading = `day-${group.day}`;
  return (
    <section class="day" aria-labelledby={heading}>
      <header>
        <h2 id={heading} title={longDay(group.day)}>
          {dayName(group.day, currentDay.value)}
        </h2>
        {!group.partial && (
          <p class="length">
            <span aria-hidden="true">{hours(total)}</span>
            <span class="visually-hidden">{spoken(total)} in total</span>
          </p>
        )}
      </header>
      <ul class="rows card">
        {group.entries.map((entry) => (
          <Row key={entry.id} entry={entry} onRemove={remove} />
        ))}
      </ul>
    </section>
  );
}

function NewEntry() {
  const before = useRef(document.activeElement);
  const end = new Date(Math.floor(now.peek() / 60_000) * 60_000);
  const start = new Date(end.getTime() - 3_600_000);
  return (
    <EntryForm
      initial={{
        start: start.toISOString(),
        end: end.toISOString(),
        description: '',
        project: filters.value.project || null,
        tags: filters.value.tag ? [filters.value.tag] : [],
        billable: false,
      }}
      onSave={async (change) => {
        const entry = await createEntry(change as Parameters<typeof createEntry>[0]);
        before.current = null;
        focusRow(entry.id);
      }}
      onClose={() => {
        adding.value = false;
        refocus(before.current);
      }}
    />
  );
}

function Empty() {
  const narrowed = Object.values(queryOf(filters.value, zone.value)).some(
    (value) => value !== undefined,
  );
  if (narrowed) return <p class="empty muted">Nothing matches these filters.</p>;
  return (
    <div class="empty">
      <h2>No hours yet</h2>
      <p class="muted">
        Start the timer above, add an entry, or bring your hours from Toggl Track, Clockify, Tempo
        or a table of your own.
      </p>
      <div class="actions">
        <button
          type="button"
          class="primary"
          onClick={() => {
            adding.value = true;
          }}
        >
          Add an entry
        </button>
        <Link class="button quiet" href="/import">
          Import hours
        </Link>
      </div>
    </div>
  );
}

export function TimePage() {
  const query = queryOf(filters.value, zone.value);
  const key = JSON.stringify(query);
  useEffect(() => {
    showEntries(query).catch(fail);
  }, [key]);

  return (
    <>
      <div class="page-head">
        <h1>Time</h1>
        <div class="tools">
          <button
            type="button"
            class="quiet"
            onClick={() => {
              adding.value = true;
            }}
          >
            <Icon name="plus" /> New entry
          </button>
          <Link class="button quiet" href="/import">
            <Icon name="import" /> Import
          </Link>
          <Menu class="quiet" items={exportMenu(query)}>
            <Icon name="export" /> Export
          </Menu>
        </div>
      </div>
      <ZoneNotice />
      <TimerBar />
      <FilterBar anyTime search />
      {adding.value && <NewEntry />}
      <div aria-busy={state.value === 'loading'} class="days">
        {days.value.map((group) => (
          <Day key={group.day} group={group} />
        ))}
      </div>
      {state.value === 'ready' && days.value.length === 0 && <Empty />}
      {state.value === 'loading' && days.value.length === 0 && <div class="skeleton" />}
      {hasMore.value && (
        <p class="more">
          <button type="button" class="quiet" onClick={() => showMore().catch(fail)}>
            Show earlier entries
          </button>
        </p>
      )}
    </>
  );
}
