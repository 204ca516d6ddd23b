import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Entry, TimerInput } from '../api/types.ts';
import { clock } from '../lib/duration.ts';
import { timeOf } from '../lib/zone.ts';
import { now, zone } from '../state/base.ts';
import {
  busy,
  changeRunning,
  draft,
  inputOf,
  running,
  startTimer,
  stopTimer,
} from '../state/timer.ts';
import { fail } from '../state/toast.ts';
import { BillableField, ProjectField, TagField } from '../ui/fields.tsx';
import { focusMain } from '../ui/focus.ts';
import { Icon } from '../ui/icons.tsx';

/** The clock is a component of its own, so that a second's tick draws nothing else. */
function Elapsed({ start }: { start: string }) {
  return (
    <span class="elapsed" role="timer" aria-label="Elapsed time">
      {clock((now.value - Date.parse(start)) / 1000)}
    </span>
  );
}

export function TimerBar() {
  const entry = running.value;
  const input = entry ? inputOf(entry) : draft.value;
  /** What the description of the running entry is being changed to. */
  const typed = useSignal(input.description);
  /** The entry as it was when its description began to be changed. */
  const seen = useRef<Entry | undefined>(undefined);
  const description = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (entry) typed.value = entry.description;
  }, [entry?.id]);
  // What another browser changed shows here too, but never under the hands of who is typing.
  useEffect(() => {
    if (entry && document.activeElement !== description.current) typed.value = entry.description;
  }, [entry?.description]);

  function change(part: Partial<TimerInput>, of?: Entry): void {
    if (entry) changeRunning(part, of).catch(fail);
    else draft.value = { ...draft.value, ...part };
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const text = draft.value.description.trim();
    if (!entry) startTimer({ ...draft.value, description: text }).catch(fail);
  }

  function rename(): void {
    const text = typed.value.trim();
    if (entry && seen.current && text !== seen.current.description) {
      change({ description: text }, seen.current);
    }
    seen.current = undefined;
  }

  return (
    <form class="timer card" data-running={entry !== null} aria-label="Timer" onSubmit={submit}>
      <input
        ref={description}
        id="timer-description"
        class="bare"
        aria-label="What are you working on?"
        placeholder="What are you working on?"
        maxLength={3000}
        value={entry ? typed.value : input.description}
        onInput={(event) => {
          const text = event.currentTarget.value;
          if (entry) {
            seen.current ??= entry;
            typed.value = text;
          } else draft.value = { ...draft.value, description: text };
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') rename();
          if (event.key !== 'Escape') return;
          if (entry) typed.value = entry.description;
          seen.current = undefined;
          // Out of the field, where single keys are shortcuts again.
          focusMain();
        }}
        onBlur={rename}
      />
      <div class="timer-fields">
        <ProjectField value={input.project} onChange={(project) => change({ project })} />
        <TagField value={input.tags} onChange={(tags) => change({ tags })} />
        <BillableField value={input.billable} onChange={(billable) => change({ billable })} />
      </div>
      <div class="timer-run">
        {entry ? <Elapsed start={entry.start} /> : <span class="elapsed idle">0:00:00</span>}
        {entry ? (
          <button
            type="button"
            class="stop"
            aria-disabled={busy.value}
            onClick={() => stopTimer().catch(fail)}
          >
            <Icon name="stop" /> Stop
          </button>
        ) : (
          <button type="submit" class="start" aria-disabled={busy.value}>
            <Icon name="play" /> Start
          </button>
        )}
      </div>
      <p class="visually-hidden" role="status">
        {entry ? `The timer runs since ${timeOf(entry.start, zone.value)}.` : 'No timer runs.'}
      </p>
    </form>
  );
}
