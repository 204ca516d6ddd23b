// Making or changing an entry, in place.
import { useComputed, useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Entry, EntryInput } from '../api/types.ts';
import { hours, spoken } from '../lib/duration.ts';
import { dayOf, instantOf, parseTime, timeOf } from '../lib/zone.ts';
import { zone } from '../state/base.ts';
import { BillableField, ProjectField, TagField } from '../ui/fields.tsx';
import { readTimes, type Times } from './times.ts';

export function EntryForm({
  onSave,
  onClose,
  ...given
}: {
  /** The entry to change; none for a new one. */
  entry?: Entry;
  initial: EntryInput;
  /** Of the entry as it was when the form was opened. */
  onSave: (change: Partial<EntryInput>, opened: Entry | undefined) => Promise<unknown>;
  onClose: () => void;
}) {
  // What others make of the entry meanwhile is no part of the form.
  const { entry, initial } = useRef(given).current;
  const zoneNow = zone.value;
  const open = entry !== undefined && entry.end === null;
  const first = dayOf(initial.start, zoneNow);
  const last = dayOf(initial.end, zoneNow);
  const times: Times = {
    day: first,
    start: timeOf(initial.start, zoneNow),
    end: timeOf(initial.end, zoneNow),
    lastDay: Date.parse(initial.end) - Date.parse(initial.start) >= 86_400_000 ? last : '',
  };
  const form = useSignal({ ...times, ...initial, start: times.start, end: times.end });
  const error = useSignal('');
  const busy = useSignal(false);
  const description = useRef<HTMLInputElement>(null);

  const read = useComputed(() => readTimes(form.value, zoneNow));
  const set = (change: Partial<typeof form.value>) => {
    form.value = { ...form.value, ...change };
  };

  // At once, so that the next key is already typed here, behind what there is.
  useLayoutEffect(() => {
    const end = initial.description.length;
    description.current?.focus();
    description.current?.setSelectionRange(end, end);
  }, []);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy.value) return;
    const result = read.value;
    if (!open && result.error !== undefined) {
      error.value = result.error;
      return;
    }
    const { day, start, end, lastDay } = form.value;
    const change: Partial<EntryInput> = {
      description: form.value.description.trim(),
      project: form.value.project,
      tags: form.value.tags,
      billable: form.value.billable,
    };
    // A time that was not touched stays to the second, also in an hour that comes twice.
    const moved = day !== times.day;
    if (open) {
      const time = parseTime(start);
      if (!time || !day) {
        error.value = 'Write the start as 9:30 or 0930.';
        return;
      }
      if (moved || start !== times.start) {
        change.start = instantOf(day, time, zoneNow).toISOString();
      }
    } else if (result.start) {
      if (!entry || moved || start !== times.start) change.start = result.start.toISOString();
      if (!entry || moved || end !== times.end || lastDay !== times.lastDay) {
        change.end = result.end.toISOString();
      }
    }
    busy.value = true;
    error.value = '';
    try {
      await onSave(change, entry);
      onClose();
    } catch (failure) {
      busy.value = false;
      error.value = failure instanceof Error ? failure.message : String(failure);
    }
  }

  const result = read.value;
  const seconds = result.start ? (result.end.getTime() - result.start.getTime()) / 1000 : 0;
  return (
    <form
      class="entry-form card"
      aria-label={entry ? 'Edit entry' : 'New entry'}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.currentTarget.requestSubmit();
        }
      }}
    >
      <label class="field grow">
        <span>Description</span>
        <input
          ref={description}
          maxLength={3000}
          value={form.value.description}
          onInput={(event) => set({ description: event.currentTarget.value })}
        />
      </label>
      <div class="entry-meta">
        <ProjectField value={form.value.project} onChange={(project) => set({ project })} />
        <TagField value={form.value.tags} onChange={(tags) => set({ tags })} />
        <BillableField value={form.value.billable} onChange={(billable) => set({ billable })} />
      </div>
      <div class="entry-times">
        <label class="field">
          <span>Date</span>
          <input
            type="date"
            required
            value={form.value.day}
            onInput={(event) => set({ day: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          <span>Start</span>
          <input
            class="time"
            autocomplete="off"
            value={form.value.start}
            onInput={(event) => set({ start: event.currentTarget.value })}
          />
        </label>
        {!open && (
          <label class="field">
            <span>End</span>
            <input
              class="time"
              autocomplete="off"
              value={form.value.end}
              onInput={(event) => set({ end: event.currentTarget.value })}
            />
          </label>
        )}
        {times.lastDay && (
          <label class="field">
            <span>Last day</span>
            <input
              type="date"
              required
              value={form.value.lastDay}
              onInput={(event) => set({ lastDay: event.currentTarget.value })}
            />
          </label>
        )}
        {!open && (
          <output class="length" aria-label={`Duration ${spoken(seconds)}`}>
            {seconds ? hours(seconds) : '–'}
            {result.nextDay && <small>ends the next day</small>}
          </output>
        )}
      </div>
      <p class="error" role="alert">
        {error}
      </p>
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={busy.value}>
          {busy.value ? 'Saving…' : entry ? 'Save' : 'Add entry'}
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
