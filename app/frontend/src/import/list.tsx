// The imports that were, each to be looked at and undone.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { dayInFull, dayOf, timeOf } from '../lib/zone.ts';
import { Link } from '../router.tsx';
import { zone } from '../state/base.ts';
import {
  type ImportItem,
  imports,
  isActive,
  loadImports,
  loadMoreImports,
  nextImports,
} from '../state/imports.ts';
import { fail } from '../state/toast.ts';
import { counted, entriesText, statuses } from './formats.ts';
import { canUndo, UndoButton } from './undo.tsx';

const lookMs = 2000;

function countsText({ counts, entries, status }: ImportItem): string {
  if (!counts || status === 'undone') return '';
  const parts = [`${entriesText(counts.new)} new`];
  if (counts.updated) parts.push(`${entriesText(counts.updated)} updated`);
  if (counts.duplicate) parts.push(`${counts.duplicate} already here`);
  if (counts.error) parts.push(counted(counts.error, 'bad line'));
  if (status === 'done' && entries !== counts.new) parts.push(`${entries} of them still here`);
  return parts.join(', ');
}

function Row({ item }: { item: ImportItem }) {
  const { id, fileName, status, createdAt } = item;
  const day = dayInFull(dayOf(createdAt, zone.value));
  return (
    <li class="import-row">
      <span class="import-name">
        <Link href={`/import?id=${id}`}>{fileName}</Link>
        <span class="chip" data-status={status}>
          {statuses[status]}
        </span>
      </span>
      <span class="import-when muted">
        {day}, {timeOf(createdAt, zone.value)}
      </span>
      <span class="import-what">{countsText(item)}</span>
      <span class="row-actions">{canUndo(item) && <UndoButton item={item} />}</span>
    </li>
  );
}

export function ImportTable() {
  const known = useSignal(false);
  useEffect(() => {
    loadImports()
      .catch(fail)
      .finally(() => {
        known.value = true;
      });
  }, []);
  const active = imports.value.some(isActive);
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => loadImports().catch(() => undefined), lookMs);
    return () => clearInterval(timer);
  }, [active]);

  return (
    <section class="import-list" aria-labelledby="import-list">
      <h2 id="import-list">Imports</h2>
      {imports.value.length > 0 ? (
        <ul class="rows card">
          {imports.value.map((item) => (
            <Row key={item.id} item={item} />
          ))}
        </ul>
      ) : (
        <p class="card muted">{known.value ? 'Nothing has been imported yet.' : 'Loading…'}</p>
      )}
      {nextImports.value && (
        <p class="import-more">
          <button type="button" class="quiet" onClick={() => loadMoreImports().catch(fail)}>
            Show earlier imports
          </button>
        </p>
      )}
    </section>
  );
}
