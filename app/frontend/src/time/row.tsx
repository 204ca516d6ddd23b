import type { Entry } from '../api/types.ts';
import { hours, spoken } from '../lib/duration.ts';
import { dayOf, daysBetween, timeOf } from '../lib/zone.ts';
import { now, projectName, zone } from '../state/base.ts';
import { deleteEntry, duplicateEntry, updateEntry } from '../state/entries.ts';
import { inputOf, startTimer } from '../state/timer.ts';
import { fail } from '../state/toast.ts';
import { Swatch } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { Menu } from '../ui/menu.tsx';
import { EntryForm } from './entry-form.tsx';
import { type Editing, editing, focusRow } from './page-state.ts';
import { SplitForm } from './split-form.tsx';

const systems: Record<string, string> = {
  toggl: 'Toggl Track',
  clockify: 'Clockify',
  tempo: 'Tempo',
  harvest: 'Harvest',
  kimai: 'Kimai',
  jira: 'Jira',
  generic: 'CSV',
  csv: 'CSV',
};
export const systemName = (system: string) => systems[system] ?? system;

export const isOpen = (entry: Entry) => entry.end === null;

export const secondsOf = (entry: Entry): number =>
  ((entry.end ? Date.parse(entry.end) : now.value) - Date.parse(entry.start)) / 1000;

/** What the keyboard and the menu do to an entry. */
export const act = {
  edit: (entry: Entry) => {
    editing.value = { id: entry.id, form: 'edit' };
  },
  split: (entry: Entry) => {
    editing.value = { id: entry.id, form: 'split' };
  },
  duplicate: (entry: Entry) => duplicateEntry(entry.id).catch(fail),
  continue: (entry: Entry) => startTimer(inputOf(entry)).catch(fail),
  delete: deleteEntry,
};

function Times({ entry }: { entry: Entry }) {
  const start = timeOf(entry.start, zone.value);
  if (!entry.end) return <span class="times">{start} – now</span>;
  const later = daysBetween(dayOf(entry.start, zone.value), dayOf(entry.end, zone.value));
  return (
    <span class="times">
      {start} – {timeOf(entry.end, zone.value)}
      {later > 0 && (
        <sup title={later === 1 ? 'ends the next day' : `ends ${later} days later`}>+{later}</sup>
      )}
    </span>
  );
}

export function Row({ entry, onRemove }: { entry: Entry; onRemove: (entry: Entry) => void }) {
  const form: Editing['form'] | undefined =
    editing.value?.id === entry.id ? editing.value.form : undefined;
  const close = () => {
    editing.value = undefined;
    focusRow(entry.id);
  };
  if (form === 'split') {
    return (
      <li>
        <SplitForm entry={entry} onClose={close} />
      </li>
    );
  }
  if (form === 'edit') {
    const { start, end } = entry;
    return (
      <li>
        <EntryForm
          entry={entry}
          initial={{ ...inputOf(entry), start, end: end ?? new Date(now.value).toISOString() }}
          onSave={(change, opened = entry) => updateEntry(opened, change)}
          onClose={close}
        />
      </li>
    );
  }
  const { system, ref } = entry.source;
  const seconds = secondsOf(entry);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: j and k move among the entries
    <li class="row" data-entry={entry.id} data-running={isOpen(entry)} tabIndex={0}>
      <button type="button" class="what" onClick={() => act.edit(entry)}>
        <span class={entry.description ? 'description' : 'description muted'}>
          {entry.description || 'No description'}
        </span>
        {entry.project && (
          <span class="project">
            <Swatch color={entry.project.color} />
            <span class="project-text">{projectName(entry.project)}</span>
          </span>
        )}
        <span class="visually-hidden">, edit</span>
      </button>
      <span class="marks">
        {entry.tags.map((tag) => (
          <span class="chip" key={tag}>
            {tag}
          </span>
        ))}
        {system !== 'manual' && (
          <span class="source" title={ref ? `From ${systemName(system)}: ${ref}` : undefined}>
            {systemName(system)}
          </span>
        )}
        {entry.placed && (
          <span
            class="placed"
            title="It was imported with a day and hours only: its time of day is made up"
          >
            No time of day
          </span>
        )}
        {entry.overlaps && (
          <span class="overlap" title="Another entry covers some of the same time">
            Overlaps
          </span>
        )}
        {entry.billable && (
          <span class="is-billable" title="Billable">
            <Icon name="money" />
            <span class="visually-hidden">Billable</span>
          </span>
        )}
      </span>
      <Times entry={entry} />
      <span class="length">
        <span aria-hidden="true">{hours(seconds)}</span>
        <span class="visually-hidden">{spoken(seconds)}</span>
      </span>
      <span class="row-actions">
        <button
          type="button"
          class="ghost icon-only"
          aria-label="Start again"
          title="Start the timer with these details (c)"
          onClick={() => void act.continue(entry)}
        >
          <Icon name="play" />
        </button>
        <Menu
          label="More actions"
          items={[
            { label: 'Edit', hint: 'e', action: () => act.edit(entry) },
            { label: 'Split…', hint: 'x', action: () => act.split(entry) },
            { label: 'Duplicate', hint: 'd', action: () => void act.duplicate(entry) },
            { label: 'Delete', hint: 'Del', danger: true, action: () => onRemove(entry) },
          ]}
        >
          <Icon name="more" />
        </Menu>
      </span>
    </li>
  );
}
