import './settings.css';
import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import type { Rounding, Settings } from '../api/types.ts';
import { timeOf } from '../lib/zone.ts';
import { now, saveSettings, settings } from '../state/base.ts';
import { shortcutsOn, switchShortcuts } from '../state/shortcuts.ts';

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zones = Intl.supportedValuesOf('timeZone');
const roundings: Record<Rounding, string> = {
  none: 'To the second, as tracked',
  nearest: 'To the nearest',
  up: 'Up to the next',
  down: 'Down to the last',
};
const steps = [5, 6, 10, 15, 30, 60];

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name !== '';
  } catch {
    return false;
  }
}

export function SettingsPage() {
  const form = useSignal<Settings>(settings.value);
  const note = useSignal<{ text: string; error: boolean }>({ text: '', error: false });
  const busy = useSignal(false);
  const touched = useSignal(false);
  const list = useId();
  const { timezone, weekStart, rounding } = form.value;

  useEffect(() => {
    if (!touched.value) form.value = settings.value;
  }, [settings.value]);

  const set = (change: Partial<Settings>) => {
    touched.value = true;
    form.value = { ...form.value, ...change };
    note.value = { text: '', error: false };
  };

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy.value) return;
    if (!isZone(timezone)) {
      note.value = { text: `There is no time zone “${timezone}”.`, error: true };
      return;
    }
    busy.value = true;
    try {
      await saveSettings(form.value);
      touched.value = false;
      note.value = { text: 'Saved.', error: false };
    } catch (failure) {
      note.value = { text: String(failure), error: true };
    } finally {
      busy.value = false;
    }
  }

  return (
    <>
      <div class="page-head">
        <h1>Settings</h1>
      </div>
      <form class="card stack settings" onSubmit={save}>
        <label class="field">
          <span>Time zone</span>
          <input
            list={list}
            autocomplete="off"
            required
            value={timezone}
            onInput={(event) => set({ timezone: event.currentTarget.value })}
          />
          <small class="muted">
            {isZone(timezone) ? `It is ${timeOf(now.value, timezone)} there now.` : ' '}
          </small>
          <datalist id={list}>
            {zones.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
        {browserZone !== timezone && (
          <button type="button" class="quiet" onClick={() => set({ timezone: browserZone })}>
            Use this browser’s: {browserZone}
          </button>
        )}
        <label class="field">
          <span>First day of the week</span>
          <select
            value={weekStart}
            onChange={(event) => set({ weekStart: Number(event.currentTarget.value) })}
          >
            {weekdays.map((name, day) => (
              <option key={name} value={day}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <fieldset class="rounding">
          <legend>Rounding in reports</legend>
          <select
            aria-label="Rounding"
            value={rounding.mode}
            onChange={(event) =>
              set({ rounding: { ...rounding, mode: event.currentTarget.value as Rounding } })
            }
          >
            {Object.entries(roundings).map(([mode, text]) => (
              <option key={mode} value={mode}>
                {text}
              </option>
            ))}
          </select>
          {rounding.mode !== 'none' && (
            <select
              aria-label="Minutes"
              value={rounding.minutes}
              onChange={(event) =>
                set({ rounding: { ...rounding, minutes: Number(event.currentTarget.value) } })
              }
            >
              {[...new Set([...steps, rounding.minutes])].map((minutes) => (
                <option key={minutes} value={minutes}>
                  {minutes} minutes
                </option>
              ))}
            </select>
          )}
          <small class="muted">Each entry is rounded; what was tracked stays as it is.</small>
        </fieldset>
        <label class="check">
          <input
            type="checkbox"
            checked={shortcutsOn.value}
            onChange={(event) => switchShortcuts(event.currentTarget.checked)}
          />
          Use single keys as shortcuts (in this browser)
        </label>
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={busy.value}>
            {busy.value ? 'Saving…' : 'Save settings'}
          </button>
          <span role="status" class={note.value.error ? 'error' : 'muted'}>
            {note.value.text}
          </span>
        </div>
      </form>
    </>
  );
}
