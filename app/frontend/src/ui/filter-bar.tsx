// Search, period, project, tag, …: what narrows a view. The address is where it is kept.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import {
  type Filters,
  noFilters,
  type Period,
  periodOf,
  periods,
  rangeOf,
  shiftRange,
} from '../lib/filters.ts';
import { filter, filters } from '../router.tsx';
import { clients, currentDay, firstDay, projectName, projects, tags } from '../state/base.ts';
import { focusMain } from './focus.ts';
import { Icon } from './icons.tsx';

export function SearchField() {
  const text = useSignal(filters.value.q);
  const input = useRef<HTMLInputElement>(null);
  // The address may change by other means, but never what is being typed.
  useEffect(() => {
    if (document.activeElement !== input.current) text.value = filters.value.q;
  }, [filters.value.q]);
  const apply = () => filter({ q: text.value.trim() }, true);
  useEffect(() => {
    const timer = setTimeout(apply, 250);
    return () => clearTimeout(timer);
  }, [text.value]);
  return (
    <span class="search-field">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        id="search"
        aria-label="Search"
        placeholder="Search"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return;
          if (event.key === 'Escape') text.value = '';
          apply();
          // From here single keys go on to what is found.
          focusMain();
        }}
      />
      <kbd>/</kbd>
    </span>
  );
}

export function PeriodField({ anyTime }: { anyTime: boolean }) {
  const { from, to } = filters.value;
  const custom = useSignal(false);
  const known = periodOf({ from, to }, currentDay.value, firstDay.value);
  const value = custom.value || (!known && (from || to)) ? 'custom' : (known ?? 'any');

  function choose(choice: string): void {
    custom.value = choice === 'custom';
    if (choice === 'any') filter({ from: '', to: '' });
    else if (choice !== 'custom') {
      filter(rangeOf(choice as Period, currentDay.value, firstDay.value));
    }
  }

  return (
    <span class="period-field">
      {from && to && (
        <button
          type="button"
          class="quiet icon-only"
          aria-label="Period before"
          onClick={() => filter(shiftRange(from, to, -1))}
        >
          <Icon name="left" />
        </button>
      )}
      <select
        aria-label="Period"
        value={value}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {anyTime && <option value="any">Any time</option>}
        {Object.entries(periods).map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
        <option value="custom">Choose days…</option>
      </select>
      {value === 'custom' && (
        <>
          <input
            type="date"
            aria-label="From"
            value={from}
            max={to}
            onChange={(event) => filter({ from: event.currentTarget.value })}
          />
          <span aria-hidden="true">–</span>
          <input
            type="date"
            aria-label="To"
            value={to}
            min={from}
            onChange={(event) => filter({ to: event.currentTarget.value })}
          />
        </>
      )}
      {from && to && (
        <button
          type="button"
          class="quiet icon-only"
          aria-label="Period after"
          onClick={() => filter(shiftRange(from, to, 1))}
        >
          <Icon name="right" />
        </button>
      )}
    </span>
  );
}

export function FilterBar({
  anyTime = false,
  search = false,
  children,
}: {
  anyTime?: boolean;
  search?: boolean;
  children?: ComponentChildren;
}) {
  const { by: _, from, to, ...narrowing } = filters.value;
  const narrowed =
    (anyTime && (from || to)) ||
    Object.entries(narrowing).some(([key, value]) => value !== noFilters[key as keyof Filters]);
  const { tag, client } = filters.value;
  const ofClient = projects.value.filter((each) => !client || each.client?.id === client);
  return (
    <search class="filters">
      {search && <SearchField />}
      <PeriodField anyTime={anyTime} />
      {(clients.value.length > 0 || client) && (
        <select
          aria-label="Client filter"
          value={client}
          onChange={(event) => filter({ client: event.currentTarget.value, project: '' })}
        >
          <option value="">All clients</option>
          {clients.value.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
      <select
        aria-label="Project filter"
        value={filters.value.project}
        onChange={(event) => filter({ project: event.currentTarget.value })}
      >
        <option value="">All projects</option>
        {ofClient.map((project) => (
          <option key={project.id} value={project.id}>
            {client ? project.name : projectName(project)}
          </option>
        ))}
      </select>
      <select
        aria-label="Tag filter"
        value={tag}
        onChange={(event) => filter({ tag: event.currentTarget.value })}
      >
        <option value="">All tags</option>
        {[...new Set(tag ? [...tags.value, tag] : tags.value)].map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      {children}
      {narrowed && (
        <button
          type="button"
          class="ghost"
          onClick={() =>
            filter({ ...noFilters, by: filters.value.by, ...(anyTime ? {} : { from, to }) })
          }
        >
          Clear filters
        </button>
      )}
    </search>
  );
}
