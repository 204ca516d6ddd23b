// A file is chosen, looked at, imported as a job, and can be taken out again as a whole.
import './import.css';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { Link, navigate, search } from '../router.tsx';
import { sendFile, showImport, shown } from '../state/imports.ts';
import { ImportTable } from './list.tsx';
import { Outcome, Work } from './outcome.tsx';
import { Preview } from './preview.tsx';

const placeOf = (id: string) => `/import?id=${id}`;

function Choose() {
  const error = useSignal('');
  const name = useSignal('');
  const sending = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => sending.current?.abort(), []);

  async function choose(file: File | undefined): Promise<void> {
    sending.current?.abort();
    error.value = '';
    if (!file) return;
    const mine = new AbortController();
    sending.current = mine;
    name.value = file.name;
    try {
      const { importId } = await sendFile(file, mine.signal);
      navigate(placeOf(importId));
    } catch (failure) {
      if (mine.signal.aborted) return;
      // A file whose columns say nothing is kept there, to be told which is what.
      const kept = failure instanceof ApiError ? failure.problem.importId : undefined;
      if (kept) navigate(placeOf(kept));
      else error.value = failure instanceof Error ? failure.message : String(failure);
    } finally {
      if (sending.current === mine) name.value = '';
    }
  }

  return (
    <section
      class="card stack choose-file"
      aria-label="Choose a file"
      aria-busy={name.value !== ''}
    >
      <label class="field">
        <span>CSV file</span>
        <input
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          onChange={(event) => void choose(event.currentTarget.files?.[0])}
        />
      </label>
      <p class="muted" role="status">
        {name.value
          ? `Sending and reading ${name.value}…`
          : 'You see first what would be imported. Exports of Toggl Track, Clockify, Tempo, Jira, Harvest and Kimai are known by their columns; of other tables you say which column is what.'}
      </p>
      {name.value && <progress aria-label="The file is sent and read" />}
      <p class="error" role="alert">
        {error}
      </p>
    </section>
  );
}

function One({ id }: { id: string }) {
  const error = useSignal('');
  useEffect(() => {
    error.value = '';
    showImport(id).catch((failure: unknown) => {
      error.value = failure instanceof Error ? failure.message : String(failure);
    });
    return () => {
      shown.value = undefined;
    };
  }, [id]);
  const progress = shown.value?.id === id ? shown.value : undefined;
  if (error.value) {
    return (
      <p class="error" role="alert">
        {error}
      </p>
    );
  }
  if (!progress) return <div class="skeleton" />;
  const { status } = progress;
  if (status === 'waiting' || status === 'running') return <Work progress={progress} />;
  if (status === 'done' || status === 'undone') return <Outcome progress={progress} />;
  return <Preview key={id} progress={progress} />;
}

export function ImportPage() {
  const id = new URLSearchParams(search.value).get('id') ?? '';
  return (
    <>
      <div class="page-head">
        <h1>Import hours</h1>
        {id && (
          <div class="tools">
            <Link class="button quiet" href="/import">
              Another file, and all imports
            </Link>
          </div>
        )}
      </div>
      {id ? (
        <One id={id} />
      ) : (
        <>
          <Choose />
          <ImportTable />
        </>
      )}
    </>
  );
}
