// What a file has: its figures, and the lines that can't be read.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { ImportResult } from '../api/types.ts';
import { hours } from '../lib/duration.ts';
import { type Day, dayInFull, dayOf, shortDay } from '../lib/zone.ts';
import { zone } from '../state/base.ts';
import { fetchRejected } from '../state/imports.ts';
import { save } from '../ui/export.tsx';
import { counted } from './formats.ts';

const number = new Intl.NumberFormat('en');

const dated = (day: Day) => `${shortDay(day)} ${day.slice(0, 4)}`;

function Fact({
  name,
  children,
  bad = false,
}: {
  name: string;
  children: ComponentChildren;
  bad?: boolean;
}) {
  return (
    <div class="fact" data-bad={bad}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Facts({ result }: { result: ImportResult }) {
  const { counts, period, seconds, longest } = result;
  return (
    <dl class="facts">
      <Fact name="New">{number.format(counts.new)}</Fact>
      <Fact name="Already here">{number.format(counts.duplicate)}</Fact>
      <Fact name="Bad lines" bad={counts.error > 0}>
        {number.format(counts.error)}
      </Fact>
      {counts.updated > 0 && <Fact name="Updated">{number.format(counts.updated)}</Fact>}
      {counts.leftOut > 0 && <Fact name="Left out">{number.format(counts.leftOut)}</Fact>}
      {period && (
        <>
          <Fact name="First day">{dated(period.first)}</Fact>
          <Fact name="Last day">{dated(period.last)}</Fact>
        </>
      )}
      <Fact name="Hours in all">{hours(seconds)} h</Fact>
      {longest && (
        <Fact name="Longest entry">
          {hours(longest.seconds)} h
          <small>
            line {longest.line}, {dayInFull(dayOf(longest.start, zone.value))}
            {longest.description && `: ${longest.description.slice(0, 60)}`}
          </small>
        </Fact>
      )}
    </dl>
  );
}

export function BadLines({ id, result }: { id: string; result: ImportResult }) {
  const { errors, counts } = result;
  const error = useSignal('');
  const download = () => {
    error.value = '';
    fetchRejected(id)
      .then((response) => save(response, `rejected-${result.fileName.replace(/\.\w+$/, '')}.csv`))
      .catch((failure: unknown) => {
        error.value = failure instanceof Error ? failure.message : String(failure);
      });
  };
  return (
    <section class="card stack" aria-labelledby="bad-lines">
      <h2 id="bad-lines">{counted(counts.error, 'bad line')}</h2>
      <p class="muted">
        {counts.error > errors.length && `These are the first ${errors.length}. `}
        The file of rejected lines has all of them as they are, with the reasons: mend them there
        and import that file.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <ul class="bad-lines" tabIndex={0} aria-label="Bad lines">
        {errors.map(({ line, column, value, reason, hint }) => (
          <li key={line}>
            <p>
              <b>Line {line}</b>
              {column && `, ${column}`}
              {value && (
                <>
                  {': '}
                  <q>{value}</q>
                </>
              )}
            </p>
            <p>
              {reason[0]?.toUpperCase()}
              {reason.slice(1)}.{hint && ` ${hint}`}
            </p>
          </li>
        ))}
      </ul>
      <div class="actions bad-actions">
        <button type="button" class="quiet" onClick={download}>
          Download the rejected lines
        </button>
        <span class="error" role="alert">
          {error}
        </span>
      </div>
    </section>
  );
}
