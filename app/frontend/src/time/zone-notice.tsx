// A new server counts in UTC, which is hardly anyone's wall clock: offers the browser's zone instead.
import { signal } from '@preact/signals';
import { recall, remember } from '../lib/storage.ts';
import { saveSettings, settings } from '../state/base.ts';
import { fail } from '../state/toast.ts';

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const storageKey = 'zone-kept';
const kept = signal(recall(storageKey) !== null);

function keep(): void {
  kept.value = true;
  remember(storageKey, 'yes');
}

export function ZoneNotice() {
  const { timezone } = settings.value;
  if (kept.value || timezone !== 'UTC' || browserZone === 'UTC') return null;
  const use = () =>
    saveSettings(settings.value, { timezone: browserZone }, ({ timezone }) => ({
      'Time zone': timezone,
    })).catch(fail);
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
