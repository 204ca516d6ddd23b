// A new server counts in UTC, which is hardly anyone's wall clock: offers the browser's zone instead.
import { signal } from '@preact/signals';
import { saveSettings, settings } from '../state/base.ts';
import { fail } from '../ui/toast.tsx';

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const storageKey = 'zone-kept';
const stored = () => {
  try {
    return localStorage.getItem(storageKey) !== null;
  } catch {
    return false;
  }
};
const kept = signal(stored());

function keep(): void {
  kept.value = true;
  try {
    localStorage.setItem(storageKey, 'yes');
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}

export function ZoneNotice() {
  const { timezone } = settings.value;
  if (kept.value || timezone !== 'UTC' || browserZone === 'UTC') return null;
  const use = () => saveSettings({ ...settings.value, timezone: browserZone }).catch(fail);
  return (
    <section class="notice" aria-label="Time zone">
      <p>
        Times are shown in UTC, and this browser is in <b>{browserZone}</b>.
      </p>
      <span class="actions">
        <button type="button" class="quiet" onClick={use}>
          Use {browserZone}
        </button>
        <button type="button" class="ghost" onClick={keep}>
          Keep UTC
        </button>
      </span>
    </section>
  );
}
