import { useSignal } from '@preact/signals';
import type { ImportItem } from '../state/imports.ts';
import { undoImport } from '../state/imports.ts';
import { Dialog } from '../ui/dialog.tsx';
import { entriesText } from './formats.ts';

type Undoable = Pick<ImportItem, 'id' | 'fileName' | 'status' | 'counts'> & {
  /** Those of its entries that are there, where that is known. */
  entries?: number;
};

/** Whether there is something to take out, or an import to take out of the queue. */
export const canUndo = ({
  status,
  counts,
  entries = counts?.new ?? 0,
}: Pick<Undoable, 'status' | 'counts' | 'entries'>): boolean =>
  status === 'waiting' || (status === 'done' && entries + (counts?.updated ?? 0) > 0);

/** Undoes after asking. */
export function UndoButton({ item }: { item: Undoable }) {
  const asking = useSignal(false);
  const busy = useSignal(false);
  const error = useSignal('');
  const { id, fileName, counts, status } = item;
  const close = () => {
    asking.value = false;
  };

  async function undo(): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    error.value = '';
    try {
      await undoImport(id);
      close();
    } catch (failure) {
      error.value = failure instanceof Error ? failure.message : String(failure);
    } finally {
      busy.value = false;
    }
  }

  return (
    <>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          asking.value = true;
        }}
      >
        Undo<span class="visually-hidden"> the import of {fileName}</span>
      </button>
      {asking.value && (
        <Dialog title="Undo this import?" onClose={busy.value ? undefined : close}>
          <div class="stack">
            {status === 'waiting' ? (
              <p>{fileName} is taken out of the queue.</p>
            ) : (
              <p>
                The {entriesText(counts?.new ?? 0)} of {fileName} go, also those that were changed
                here since.
                {counts &&
                  counts.updated > 0 &&
                  ` ${entriesText(counts.updated)} that it gave another project get theirs back.`}{' '}
                Projects, clients and tags that came with it go too, unless something else uses
                them.
              </p>
            )}
            <p class="error" role="alert">
              {error}
            </p>
            <div class="actions">
              <button
                type="button"
                class="primary"
                aria-disabled={busy.value}
                onClick={() => void undo()}
              >
                {busy.value ? 'Undoing…' : 'Undo the import'}
              </button>
              <button type="button" class="quiet" aria-disabled={busy.value} onClick={close}>
                Cancel
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}
