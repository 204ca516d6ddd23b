import './settings.css';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Rounding, Settings } from '../api/types.ts';
import { parseTime, timeOf } from '../lib/zone.ts';
import { type KnownSettings, now, saveSettings, settings } from '../state/base.ts';
import { shortcutsOn, switchShortcuts } from '../state/shortcuts.ts';
import { isZone, ZoneField } from '../ui/zone-field.tsx';

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const modes: Record<Rounding['mode'], string> = {
  none: 'To the second, as tracked',
  nearest: 'To the nearest',
  up: 'Up to the next',
  down: 'Down to the last',
};
const units: Record<NonNullable<Rounding['per']>, string> = {
  entry: 'Each entry',
  day: 'A project’s sum on each day',
  project: 'A project’s sum in the period',
};
const steps = [5, 6, 10, 15, 30, 60];

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const textsOf = ({ timezone, weekStart, rounding, workdayStart = 540 }: Settings) => ({
  'Time zone': timezone,
  'First day of the week': weekdays[weekStart] ?? '',
  Rounding:
    rounding.mode === 'none'
      ? modes.none
      : `${units[rounding.per ?? 'entry']}: ${modes[rounding.mode].toLowerCase()} ${rounding.minutes} minutes`,
  'Workday begins': clock(workdayStart),
});

export function SettingsPage() {
  const form = useSignal<KnownSettings>(settings.value);
  /** As they were when the form began to be changed. */
  const base = useSignal<KnownSettings>(settings.value);
  const note = useSignal<{ text: string; error: boolean }>({ text: '', error: false });
  const busy = useSignal(false);
  const touched = useSignal(false);
  const { timezone, weekStart, rounding, workdayStart = 540 } = form.value;
  const workday = useSignal(clock(workdayStart));

  useEffect(() => {
    if (touched.value) return;
    form.value = base.value = settings.value;
    workday.value = clock(settings.value.workdayStart ?? 540);
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
    const begin = parseTime(workday.value);
    if (!begin) {
      note.value = { text: 'Write the workday’s beginning as 9:00 or 0900.', error: true };
      return;
    }
    busy.value = true;
    try {
      const { version: _, ...change } = form.value;
      const [hour = 0, minute = 0] = begin.split(':').map(Number);
      await saveSettings(base.value, { ...change, workdayStart: hour * 60 + minute }, textsOf);
      touched.value = false;
      note.value = { text: 'Saved.', error: false };
    } catch (failure) {
      note.value = {
        text: failure instanceof Error ? failure.message : String(failure),
        error: true,
      };
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
        <ZoneField label="Time zone" value={timezone} onInput={(timezone) => set({ timezone })}>
          <small class="muted">
            {isZone(timezone) ? `It is ${timeOf(now.value, timezone)} there now.` : ' '}
          </small>
        </ZoneField>
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
              set({
                rounding: { ...rounding, mode: event.currentTarget.value as Rounding['mode'] },
              })
            }
          >
            {Object.entries(modes).map(([mode, text]) => (
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
          {rounding.mode !== 'none' && (
            <select
              aria-label="What is rounded"
              value={rounding.per ?? 'entry'}
              onChange={(event) => {
                const per = event.currentTarget.value as keyof typeof units;
                set({ rounding: { ...rounding, per } });
              }}
            >
              {Object.entries(units).map(([per, text]) => (
                <option key={per} value={per}>
                  {text}
                </option>
              ))}
            </select>
          )}
          <small class="muted">
            Halves go up. Exports are rounded where each entry is; what was tracked stays as it is.
          </small>
        </fieldset>
        <label class="field">
          <span>Workday begins</span>
          <input
            class="workday"
            autocomplete="off"
            value={workday.value}
            onInput={(event) => {
              set({});
              workday.value = event.currentTarget.value;
            }}
          />
          <small class="muted">
            Imported hours that have a day and no time are put one after the other from here.
          </small>
        </label>
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
