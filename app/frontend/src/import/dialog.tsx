// Import in three steps: choose a file, see what would happen, let it happen.
import './import.css';
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { client } from '../api/session.ts';
import type {
  ImportFormat,
  ImportInput,
  ImportMapping,
  ImportProgress,
  ImportResult,
} from '../api/types.ts';
import { dayOf, timeOf } from '../lib/zone.ts';
import { loadProjects, loadTags, zone } from '../state/base.ts';
import { importing } from '../state/dialogs.ts';
import { reloadEntries } from '../state/entries.ts';
import { Dialog } from '../ui/dialog.tsx';
import { columnsOf, detect, formats, guessMapping, mappingFields } from './formats.ts';

const closeImport = () => {
  importing.value = false;
};

const importMs = 300_000;
const pollMs = 500;
const number = new Intl.NumberFormat('en');
const entriesText = (count: number) =>
  `${number.format(count)} ${count === 1 ? 'entry' : 'entries'}`;
const zones = Intl.supportedValuesOf('timeZone');

interface Choice {
  file: File;
  columns: string[];
  format: ImportFormat;
  timezone: string;
  mapping: Partial<ImportMapping>;
}

type Step =
  | { name: 'choose' }
  | { name: 'preview'; preview: ImportResult }
  | { name: 'done'; added: number };

function bodyOf({ format, timezone, mapping, file }: Choice, importId?: string): FormData {
  const body = new FormData();
  const set = (name: keyof ImportInput, value: string) => body.set(name, value);
  set('format', format);
  set('timezone', timezone);
  if (format === 'generic') set('mapping', JSON.stringify(mapping));
  if (importId) set('importId', importId);
  // Last, so that the server knows how to read the file when it comes.
  body.set('file' satisfies keyof ImportInput, file, file.name);
  return body;
}

function Mapping({
  choice,
  onChange,
}: {
  choice: Choice;
  onChange: (mapping: Partial<ImportMapping>) => void;
}) {
  return (
    <fieldset class="mapping">
      <legend>Which column is what?</legend>
      {mappingFields.map(({ key, label, required }) => (
        <label class="field" key={key}>
          <span>{label}</span>
          <select
            required={required}
            value={choice.mapping[key] ?? ''}
            onChange={(event) => {
              const { [key]: _, ...rest } = choice.mapping;
              const column = event.currentTarget.value;
              onChange(column ? { ...rest, [key]: column } : rest);
            }}
          >
            <option value="">{required ? 'Choose…' : 'Not in the file'}</option>
            {choice.columns.map((column) => (
              <option key={column} value={column}>
                {column}
              </option>
            ))}
          </select>
        </label>
      ))}
    </fieldset>
  );
}

function Preview({ preview }: { preview: ImportResult }) {
  const { counts, errors, sample } = preview;
  return (
    <div class="stack">
      <dl class="counts">
        <div>
          <dt>New</dt>
          <dd>{number.format(counts.new)}</dd>
        </div>
        <div>
          <dt>Already here</dt>
          <dd>{number.format(counts.duplicate)}</dd>
        </div>
        <div data-bad={counts.error > 0}>
          <dt>In error</dt>
          <dd>{number.format(counts.error)}</dd>
        </div>
      </dl>
      {counts.new + counts.error === 0 && <p>Nothing to import: all of it is here already.</p>}
      {errors.length > 0 && (
        <div class="import-errors">
          <p>
            Nothing can be imported until these lines are right
            {counts.error > errors.length && `; the first ${errors.length} of them`}:
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
          <ul tabIndex={0} aria-label="Lines in error">
            {errors.map(({ line, reason }) => (
              <li key={`${line}${reason}`}>
                <b>Line {line}</b> {reason}
              </li>
            ))}
          </ul>
        </div>
      )}
      {sample.length > 0 && (
        <div class="table-box">
          <table class="sample">
            <caption>The first new entries</caption>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Entry</th>
              </tr>
            </thead>
            <tbody>
              {sample.slice(0, 5).map((entry) => (
                <tr key={entry.start + entry.description}>
                  <td>
                    <span class="part">{dayOf(entry.start, zone.value)}</span>{' '}
                    <span class="part">
                      {timeOf(entry.start, zone.value)} – {timeOf(entry.end, zone.value)}
                    </span>
                  </td>
                  <td>
                    <span class="part">{entry.description || 'No description'}</span>{' '}
                    <span class="part muted">{entry.project}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

export function ImportDialog() {
  const step = useSignal<Step>({ name: 'choose' });
  const choice = useSignal<Choice | undefined>(undefined);
  const error = useSignal('');
  const busy = useSignal('');
  const progress = useSignal<ImportProgress | undefined>(undefined);
  const list = useId();

  const set = (change: Partial<Choice>) => {
    if (choice.value) choice.value = { ...choice.value, ...change };
  };

  async function choose(file: File | undefined): Promise<void> {
    error.value = '';
    if (!file) return;
    const columns = columnsOf(await file.slice(0, 16_384).text());
    choice.value = {
      file,
      columns,
      format: detect(columns),
      timezone: choice.value?.timezone ?? zone.value,
      mapping: guessMapping(columns),
    };
  }

  async function attempt(what: string, task: () => Promise<void>): Promise<void> {
    if (busy.value) return;
    busy.value = what;
    error.value = '';
    try {
      await task();
    } catch (failure) {
      error.value = failure instanceof Error ? failure.message : String(failure);
    } finally {
      busy.value = '';
      progress.value = undefined;
    }
  }

  const look = () =>
    attempt('Reading the file…', async () => {
      if (!choice.value) return;
      const preview = await client.request('POST', '/api/imports/preview', {
        body: bodyOf(choice.value),
        timeout: importMs,
      });
      step.value = { name: 'preview', preview };
    });

  const commit = (preview: ImportResult) =>
    attempt('Importing…', async () => {
      if (!choice.value) return;
      const { importId } = preview;
      const body = bodyOf(choice.value, importId);
      const poll = setInterval(async () => {
        progress.value = await client
          .request('GET', '/api/imports/{id}', { params: { id: importId } })
          .catch(() => undefined);
      }, pollMs);
      try {
        const { counts } = await client.request('POST', '/api/imports', {
          body,
          timeout: importMs,
        });
        step.value = { name: 'done', added: counts.new };
      } finally {
        clearInterval(poll);
      }
      await Promise.all([reloadEntries(), loadProjects(), loadTags()]);
    });

  const now = step.value;
  const chosen = choice.value;
  return (
    <Dialog title="Import hours" onClose={busy.value ? undefined : closeImport} wide>
      {/* Only hidden, so that the way back finds the file still chosen. */}
      <form
        class="stack"
        hidden={now.name !== 'choose'}
        onSubmit={(event) => {
          event.preventDefault();
          void look();
        }}
      >
        <label class="field">
          <span>CSV file</span>
          <input
            type="file"
            accept=".csv,text/csv"
            required
            onChange={(event) => void choose(event.currentTarget.files?.[0])}
          />
        </label>
        {chosen && (
          <>
            <label class="field">
              <span>Format</span>
              <select
                value={chosen.format}
                onChange={(event) => set({ format: event.currentTarget.value as ImportFormat })}
              >
                {Object.entries(formats).map(([key, name]) => (
                  <option key={key} value={key}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
            {chosen.format === 'generic' && (
              <Mapping choice={chosen} onChange={(mapping) => set({ mapping })} />
            )}
            <label class="field">
              <span>Time zone of the file</span>
              <input
                list={list}
                required
                autocomplete="off"
                value={chosen.timezone}
                onInput={(event) => set({ timezone: event.currentTarget.value })}
              />
              <datalist id={list}>
                {zones.map((name) => (
                  <option key={name} value={name} />
                ))}
              </datalist>
            </label>
          </>
        )}
        <p class="error" role="alert">
          {error}
        </p>
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={!chosen || busy.value !== ''}>
            {busy.value || 'Preview'}
          </button>
          <span class="muted">Nothing is written yet.</span>
        </div>
      </form>
      {now.name === 'preview' && (
        <div class="stack">
          <Preview preview={now.preview} />
          {busy.value && (
            <div>
              <progress
                aria-label="Import progress"
                max={progress.value?.total || undefined}
                value={progress.value?.total ? progress.value.done : undefined}
              />
              <p class="muted">
                {progress.value?.total
                  ? `${number.format(progress.value.done)} of ${number.format(progress.value.total)} rows read`
                  : 'Sending the file…'}
              </p>
            </div>
          )}
          <p class="error" role="alert">
            {error}
          </p>
          <div class="actions">
            {now.preview.counts.error === 0 && now.preview.counts.new > 0 && (
              <button
                type="button"
                class="primary"
                aria-disabled={busy.value !== ''}
                onClick={() => void commit(now.preview)}
              >
                {busy.value || `Import ${entriesText(now.preview.counts.new)}`}
              </button>
            )}
            <button
              type="button"
              class="quiet"
              aria-disabled={busy.value !== ''}
              onClick={() => {
                if (!busy.value) step.value = { name: 'choose' };
              }}
            >
              Back
            </button>
          </div>
        </div>
      )}
      {now.name === 'done' && (
        <div class="stack">
          <p role="status">
            <b>{entriesText(now.added)}</b> imported.
          </p>
          <div class="actions">
            <button type="button" class="primary" onClick={closeImport}>
              Done
            </button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
