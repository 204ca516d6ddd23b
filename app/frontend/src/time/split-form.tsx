import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Entry } from '../api/types.ts';
import { timeOf } from '../lib/zone.ts';
import { zone } from '../state/base.ts';
import { splitEntry } from '../state/entries.ts';
import { splitPoint } from './times.ts';

export function SplitForm({ onClose, ...given }: { entry: Entry; onClose: () => void }) {
  const { entry } = useRef(given).current;
  const end = entry.end ?? new Date().toISOString();
  const middle = (Date.parse(entry.start) + Date.parse(end)) / 2;
  const at = useSignal(timeOf(middle, zone.value));
  const error = useSignal('');
  const busy = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy.value) return;
    const point = splitPoint(entry.start, end, at.value, zone.value);
    if (!point) {
      const from = timeOf(entry.start, zone.value);
      error.value = `Give a time between ${from} and ${timeOf(end, zone.value)}.`;
      return;
    }
    busy.value = true;
    try {
      await splitEntry(entry, point.toISOString());
      onClose();
    } catch (failure) {
      busy.value = false;
      error.value = failure instanceof Error ? failure.message : String(failure);
    }
  }

  return (
    <form
      class="entry-form card"
      aria-label="Split entry"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <p>
        <b>{entry.description || 'No description'}</b>{' '}
        <span class="muted">
          {timeOf(entry.start, zone.value)} – {timeOf(end, zone.value)}
        </span>
      </p>
      <div class="entry-times">
        <label class="field">
          <span>Split at</span>
          <input
            ref={field}
            class="time"
            autocomplete="off"
            value={at.value}
            onInput={(event) => {
              at.value = event.currentTarget.value;
            }}
          />
        </label>
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={busy.value}>
            {busy.value ? 'Splitting…' : 'Split'}
          </button>
          <button type="button" class="quiet" onClick={onClose}>
            Cancel
          </button>
        </div>
      </div>
      <p class="error" role="alert">
        {error}
      </p>
    </form>
  );
}
