// What an import of a file would do, and how the file is read: each guess can be changed, and the
// file is read again at once.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import type {
  ImportFormat,
  ImportMapping,
  ImportOptions,
  ImportProgress,
  ImportResult,
} from '../api/types.ts';
import { dayOf, timeOf } from '../lib/zone.ts';
import { settings, zone } from '../state/base.ts';
import { readAgain, startImport } from '../state/imports.ts';
import { isZone, ZoneField } from '../ui/zone-field.tsx';
import {
  counted,
  dateOrders,
  decimalSigns,
  encodings,
  entriesText,
  formats,
  mappingFields,
  projectText,
} from './formats.ts';
import { BadLines, Facts } from './result.tsx';

type Said = Omit<ImportOptions, 'acceptGood'>;

/** What is said about the reading, without what is left to be made out. */
function toOptions(said: { [K in keyof Said]: Said[K] | undefined }): Said {
  return Object.fromEntries(
    Object.entries(said).filter(([, value]) => value !== undefined),
  ) as Said;
}

function Choice<T extends string>({
  label,
  value,
  names,
  guessed,
  onChange,
}: {
  label: string;
  value: T | '';
  names: Record<T, string>;
  guessed: boolean;
  onChange: (value: T) => void;
}) {
  return (
    <label class="field" data-guessed={guessed}>
      <span>
        {label} {guessed && <i class="guess">a guess</i>}
      </span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {value === '' && <option value="">Choose…</option>}
        {(Object.entries(names) as [T, string][]).map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Mapping({
  columns,
  mapping,
  guessed,
  onChange,
}: {
  columns: string[];
  mapping: Partial<ImportMapping>;
  guessed: boolean;
  onChange: (mapping: ImportMapping) => void;
}) {
  const draft = useSignal(mapping);
  const key = JSON.stringify(mapping);
  useEffect(() => {
    draft.value = mapping;
  }, [key]);
  return (
    <form
      class="mapping"
      onSubmit={(event) => {
        event.preventDefault();
        const { start, ...rest } = draft.value;
        if (start) onChange({ start, ...rest });
      }}
    >
      <fieldset>
        <legend>Which column is what? {guessed && <i class="guess">a guess</i>}</legend>
        {(Object.entries(mappingFields) as [keyof ImportMapping, string][]).map(
          ([field, label]) => (
            <label class="field" key={field}>
              <span>{label}</span>
              <select
                required={field === 'start'}
                value={draft.value[field] ?? ''}
                onChange={(event) => {
                  const { [field]: _, ...rest } = draft.value;
                  const column = event.currentTarget.value;
                  draft.value = column ? { ...rest, [field]: column } : rest;
                }}
              >
                <option value="">{field === 'start' ? 'Choose…' : 'Not in the file'}</option>
                {columns.map((column) => (
                  <option key={column} value={column}>
                    {column}
                  </option>
                ))}
              </select>
            </label>
          ),
        )}
      </fieldset>
      <button type="submit" class="quiet">
        Read the file so
      </button>
    </form>
  );
}

/** How the file is read. Without a result it could not be, and the columns are all that is known. */
function Reading({
  said,
  result,
  columns,
  onSay,
}: {
  said: Said;
  result: ImportResult | undefined;
  columns: string[];
  onSay: (change: { [K in keyof Said]?: Said[K] | undefined }) => void;
}) {
  const reading = result?.reading;
  const isGuess = (name: string) => reading?.guessed.includes(name) ?? false;
  const format: ImportFormat | '' = said.format ?? reading?.format ?? '';
  const timezone = said.timezone ?? reading?.timezone ?? settings.value.timezone;
  const dateOrder = said.dateOrder ?? reading?.dateOrder;
  const decimalSign = said.decimalSign ?? reading?.decimalSign;
  const wrongZone = useSignal('');
  return (
    <section class="card stack" aria-labelledby="reading">
      <h2 id="reading">How it is read</h2>
      <div class="reading">
        <Choice
          label="Format"
          value={format}
          names={formats}
          guessed={isGuess('format')}
          onChange={(format) =>
            onSay({ format, mapping: format === 'generic' ? said.mapping : undefined })
          }
        />
        <ZoneField
          label={<>Time zone of the file {!said.timezone && <i class="guess">your settings</i>}</>}
          value={timezone}
          onChange={(timezone) => {
            wrongZone.value = isZone(timezone) ? '' : `There is no time zone “${timezone}”.`;
            if (!wrongZone.value) onSay({ timezone });
          }}
        >
          <small class="error" role="alert">
            {wrongZone}
          </small>
        </ZoneField>
        {dateOrder && (
          <Choice
            label="Dates"
            value={dateOrder}
            names={dateOrders}
            guessed={isGuess('dateOrder')}
            onChange={(dateOrder) => onSay({ dateOrder })}
          />
        )}
        <Choice
          label="Encoding"
          value={reading?.encoding ?? said.encoding ?? 'utf-8'}
          names={encodings}
          guessed={isGuess('encoding')}
          onChange={(encoding) => onSay({ encoding })}
        />
        {decimalSign && (
          <Choice
            label="Before the fraction of hours"
            value={decimalSign}
            names={decimalSigns}
            guessed={isGuess('decimalSign')}
            onChange={(decimalSign) => onSay({ decimalSign })}
          />
        )}
      </div>
      {(format === 'generic' || !result) && columns.length > 1 && (
        <Mapping
          columns={columns}
          mapping={said.mapping ?? reading?.mapping ?? {}}
          guessed={isGuess('mapping')}
          onChange={(mapping) => onSay({ format: 'generic', mapping })}
        />
      )}
    </section>
  );
}

function Names({ title, names, count }: { title: string; names: string[]; count: number }) {
  if (count === 0) return null;
  return (
    <div>
      <dt>
        {title} ({count})
      </dt>
      <dd>
        {names.map((name) => (
          <span class="chip" key={name}>
            {name}
          </span>
        ))}
        {count > names.length && ` and ${count - names.length} more`}
      </dd>
    </div>
  );
}

function Added({ added }: { added: ImportResult['added'] }) {
  const { counts } = added;
  if (counts.projects + counts.clients + counts.tags + counts.adopted === 0) return null;
  return (
    <section class="card stack" aria-labelledby="added">
      <h2 id="added">What else would be new</h2>
      <dl class="added">
        <Names title="Clients" names={added.clients} count={counts.clients} />
        <Names title="Projects" names={added.projects.map(projectText)} count={counts.projects} />
        <Names title="Tags" names={added.tags} count={counts.tags} />
        <Names
          title="Projects that are here and get their client"
          names={added.adopted.map(projectText)}
          count={counts.adopted}
        />
      </dl>
    </section>
  );
}

const differingChoices = {
  update: 'Give the entries that are here the project of the file',
  new: 'Import them as new entries beside those that are here',
  leave: 'Leave these lines out',
} as const;
type DifferingChoice = keyof typeof differingChoices;

function Differing({
  result,
  value,
  onChange,
}: {
  result: ImportResult;
  value: DifferingChoice | undefined;
  onChange: (value: DifferingChoice) => void;
}) {
  const { differing, counts } = result;
  return (
    <section class="card stack" aria-labelledby="differing">
      <h2 id="differing">{counted(counts.differing, 'line')} differ in the project alone</h2>
      <p>
        They have the times and the text of entries that are here. Was the project renamed where
        they come from?
      </p>
      <ul class="differing">
        {differing.slice(0, 10).map(({ line, start, description, project, before }) => (
          <li key={line}>
            Line {line}, {dayOf(start, zone.value)} {timeOf(start, zone.value)}{' '}
            {description && <q>{description}</q>}: {before ?? 'no project'} is now{' '}
            {project ?? 'no project'}
          </li>
        ))}
      </ul>
      {counts.differing > 10 && <p class="muted">And {counts.differing - 10} more.</p>}
      <fieldset class="stack">
        <legend>What shall be done with them?</legend>
        {(Object.entries(differingChoices) as [DifferingChoice, string][]).map(([key, text]) => (
          <label class="check" key={key}>
            <input
              type="radio"
              name="differing"
              checked={value === key}
              onChange={() => onChange(key)}
            />
            {text}
          </label>
        ))}
      </fieldset>
    </section>
  );
}

function Sample({ sample }: { sample: ImportResult['sample'] }) {
  if (sample.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="sample">
      <h2 id="sample">The first new entries</h2>
      <ul class="sample">
        {sample.slice(0, 10).map((entry) => (
          <li class="sample-row" key={entry.line}>
            <span class="sample-when">
              {dayOf(entry.start, zone.value)}{' '}
              <span class="sample-times">
                {timeOf(entry.start, zone.value)} – {timeOf(entry.end, zone.value)}
              </span>
            </span>
            <span class="sample-what">
              {entry.description || <span class="muted">No description</span>}
              {entry.project && (
                <span class="muted">
                  {' '}
                  {projectText({ name: entry.project, client: entry.client })}
                </span>
              )}
            </span>
            <span class="sample-marks">
              {entry.tags.map((tag) => (
                <span class="chip" key={tag}>
                  {tag}
                </span>
              ))}
              {entry.billable && <span class="chip">Billable</span>}
              {entry.placed && <span class="chip">No time of day</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Preview({ progress }: { progress: ImportProgress }) {
  const { id, fileName } = progress;
  const { acceptGood: _, differing: __, ...options } = progress.options;
  const said = useSignal<Said>(options);
  /** Told by the person: it is not done with such lines what nobody asked for. */
  const differing = useSignal<DifferingChoice | undefined>(undefined);
  const result = useSignal<ImportResult | undefined>(progress.result ?? undefined);
  const columns = useSignal<string[]>(progress.result?.columns ?? []);
  const error = useSignal(progress.problem?.detail ?? '');
  const busy = useSignal('');
  const goodAlone = useSignal(false);
  const longOnes = useSignal(false);
  const turn = useRef(0);

  async function read(): Promise<void> {
    const mine = ++turn.current;
    busy.value = 'Reading the file…';
    try {
      const body = { ...said.value, ...(differing.value && { differing: differing.value }) };
      const next = await readAgain(id, body);
      if (mine !== turn.current) return;
      result.value = next;
      columns.value = next.columns;
      error.value = '';
    } catch (failure) {
      if (mine !== turn.current) return;
      result.value = undefined;
      error.value = failure instanceof Error ? failure.message : String(failure);
      if (failure instanceof ApiError && failure.problem.columns) {
        columns.value = failure.problem.columns;
      }
    } finally {
      if (mine === turn.current) busy.value = '';
    }
  }

  // What is kept and was never read: the server says again why.
  useEffect(() => {
    if (!result.value) void read();
  }, []);

  const say = (change: { [K in keyof Said]?: Said[K] | undefined }) => {
    said.value = toOptions({ ...said.value, ...change });
    void read();
  };

  async function start(): Promise<void> {
    if (busy.value) return;
    busy.value = 'Starting…';
    try {
      await startImport(id, {
        ...said.value,
        ...(differing.value && { differing: differing.value }),
        acceptGood: goodAlone.value,
      });
    } catch (failure) {
      error.value = failure instanceof Error ? failure.message : String(failure);
      busy.value = '';
    }
  }

  const now = result.value;
  const counts = now?.counts;
  const work = (counts?.new ?? 0) + (counts?.updated ?? 0);
  const missing = [
    counts && counts.error > 0 && !goodAlone.value && 'the bad lines',
    now && now.overDay > 0 && !longOnes.value && 'the entries of over 24 hours',
    counts && counts.differing > 0 && !differing.value && 'the lines that differ',
  ].filter((what) => typeof what === 'string');
  return (
    <div class="stack" aria-busy={busy.value !== ''}>
      <section class="card stack" aria-label="Preview">
        <h2>{fileName}</h2>
        {now && <Facts result={now} />}
        {now && now.placed > 0 && (
          <p>
            {entriesText(now.placed)} came with a day and hours, but no time: they lie one after the
            other from where the workday begins, and are marked so.
          </p>
        )}
        {now && now.leftOut.length > 0 && (
          <details>
            <summary>
              Left out: {counted(now.counts.leftOut, 'line that is', 'lines that are')} no{' '}
              {now.counts.leftOut === 1 ? 'entry' : 'entries'}
            </summary>
            <ul class="left-out">
              {now.leftOut.map(({ line, reason }) => (
                <li key={line}>
                  Line {line}: {reason}
                </li>
              ))}
            </ul>
          </details>
        )}
        {counts && counts.error > 0 && (
          <label class="check">
            <input
              type="checkbox"
              checked={goodAlone.value}
              onChange={(event) => {
                goodAlone.value = event.currentTarget.checked;
              }}
            />
            Take the good lines, and leave the {counted(counts.error, 'bad one')} out
          </label>
        )}
        {now && now.overDay > 0 && (
          <label class="check">
            <input
              type="checkbox"
              checked={longOnes.value}
              onChange={(event) => {
                longOnes.value = event.currentTarget.checked;
              }}
            />
            It is right that {entriesText(now.overDay)} of over 24 hours{' '}
            {now.overDay === 1 ? 'is' : 'are'} in it
          </label>
        )}
        <p class="error" role="alert">
          {error}
        </p>
        {work > 0 && (
          <div class="actions">
            <button
              type="button"
              class="primary"
              aria-disabled={busy.value !== '' || missing.length > 0}
              aria-describedby="missing"
              onClick={() => {
                if (missing.length === 0) void start();
              }}
            >
              {busy.value ||
                (counts?.new ? `Import ${entriesText(counts.new)}` : `Update ${entriesText(work)}`)}
            </button>
            <span class="muted" id="missing">
              {missing.length > 0
                ? `First say what to do about ${missing.join(' and ')}.`
                : 'Nothing is written yet.'}
            </span>
          </div>
        )}
        {now && work === 0 && (
          <p role="status">
            {counts?.error
              ? 'There is no good line in it.'
              : 'Nothing to import: all of it is here already.'}
          </p>
        )}
        {!now && busy.value && <p role="status">{busy}</p>}
      </section>
      {now && now.counts.differing > 0 && (
        <Differing
          result={now}
          value={differing.value}
          onChange={(value) => {
            differing.value = value;
            void read();
          }}
        />
      )}
      {now && now.counts.error > 0 && <BadLines id={id} result={now} />}
      {(now || columns.value.length > 0) && (
        <Reading said={said.value} result={now} columns={columns.value} onSay={say} />
      )}
      {now && <Added added={now.added} />}
      {now && <Sample sample={now.sample} />}
    </div>
  );
}
