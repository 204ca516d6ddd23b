// An import at work, and what came of it.
import type { ImportProgress } from '../api/types.ts';
import { writeFilters } from '../lib/filters.ts';
import { Link } from '../router.tsx';
import { counted, entriesText } from './formats.ts';
import { BadLines, Facts } from './result.tsx';
import { canUndo, UndoButton } from './undo.tsx';

const number = new Intl.NumberFormat('en');

function workText({ status, ahead, done, total, written, result }: ImportProgress): string {
  if (status === 'waiting') {
    return ahead > 0 ? `Waits for ${counted(ahead, 'other import')}.` : 'Begins in a moment.';
  }
  if (written > 0) {
    const all = result?.counts.new;
    return `${number.format(written)}${all ? ` of ${number.format(all)}` : ''} entries written`;
  }
  if (total !== null && done >= total) return 'All lines are read; the entries are being written.';
  const of = total === null ? '' : ` of ${number.format(total)}`;
  return `${number.format(done)}${of} lines read`;
}

export function Work({ progress }: { progress: ImportProgress }) {
  const { fileName, status, done, total } = progress;
  const reading = status === 'running' && total !== null && total > 0 && done < total;
  return (
    <section class="card stack import-work" aria-label="Progress">
      <h2>{fileName}</h2>
      <progress
        aria-label="Import progress"
        max={reading ? total : undefined}
        value={reading ? done : undefined}
      />
      <p role="status">{workText(progress)}</p>
      <p class="muted">
        It goes on by itself: you can leave this page, close it, and come back to it.
      </p>
    </section>
  );
}

export function Outcome({ progress }: { progress: ImportProgress }) {
  const { id, fileName, status, result } = progress;
  if (status === 'undone' || !result) {
    return (
      <section class="card stack" aria-label="Result">
        <h2>{fileName}</h2>
        <p role="status">This import was undone.</p>
      </section>
    );
  }
  const { counts, period } = result;
  return (
    <div class="stack">
      <section class="card stack" aria-label="Result">
        <h2>{fileName}</h2>
        <p role="status">
          <b>{entriesText(counts.new)}</b> imported
          {counts.updated > 0 && `, ${entriesText(counts.updated)} updated`}.
        </p>
        <Facts result={result} />
        <div class="actions">
          {period && counts.new > 0 && (
            <Link
              class="button primary"
              href={`/${writeFilters({ from: period.first, to: period.last })}`}
            >
              Show these days
            </Link>
          )}
          {canUndo({ status, counts }) && <UndoButton item={{ id, fileName, status, counts }} />}
        </div>
      </section>
      {counts.error > 0 && <BadLines id={id} result={result} />}
    </div>
  );
}
