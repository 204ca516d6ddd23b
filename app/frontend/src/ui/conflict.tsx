// What somebody else has changed meanwhile, beside what was to be saved.
import { conflict } from '../state/conflict.ts';
import { Dialog } from './dialog.tsx';

export function ConflictDialog() {
  const open = conflict.value;
  if (!open) return null;
  const { what, differences, answer } = open;
  return (
    <Dialog title="Changed meanwhile" wide onClose={() => answer(undefined)}>
      <div class="stack">
        <p>{what} was changed in another place since you opened it. Whose version shall it be?</p>
        <table class="versions">
          <caption class="visually-hidden">What is different</caption>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">It was</th>
              <th scope="col">It is now</th>
              <th scope="col">You write</th>
            </tr>
          </thead>
          <tbody>
            {differences.map(({ field, before, theirs, yours }) => (
              <tr key={field}>
                <th scope="row">{field}</th>
                <td class="muted">{before || '–'}</td>
                <td>{theirs === before ? <span class="muted">as it was</span> : theirs || '–'}</td>
                <td>
                  {yours === undefined ? (
                    <span class="muted">nothing: it stays as it is now</span>
                  ) : (
                    yours || '–'
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <div class="actions">
          <button type="button" class="quiet" onClick={() => answer('theirs')}>
            Take theirs
          </button>
          <button type="button" class="primary" onClick={() => answer('yours')}>
            Save mine over it
          </button>
        </div>
      </div>
    </Dialog>
  );
}
