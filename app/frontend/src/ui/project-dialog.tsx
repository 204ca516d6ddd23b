// Making or changing a project, from wherever one is needed.
import { signal, useSignal } from '@preact/signals';
import type { Project } from '../api/types.ts';
import { colorName, palette, rarest } from '../lib/palette.ts';
import { projects, saveProject } from '../state/base.ts';
import { Dialog } from './dialog.tsx';

interface Request {
  project?: Project;
  answer: (project: Project | undefined) => void;
}

const open = signal<Request | undefined>(undefined);

function ask(project?: Project): Promise<Project | undefined> {
  return new Promise((resolve) => {
    open.value = {
      ...(project && { project }),
      answer: (saved) => {
        open.value = undefined;
        resolve(saved);
      },
    };
  });
}

/** Asks for a new project. Undefined: the person thought better of it. */
export const newProject = () => ask();
export const editProject = (project: Project) => ask(project);

function ProjectForm({ request }: { request: Request }) {
  const { project, answer } = request;
  const name = useSignal(project?.name ?? '');
  const color = useSignal(project?.color ?? rarest(projects.value.map(({ color }) => color)));
  const error = useSignal('');
  const busy = useSignal(false);

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    error.value = '';
    try {
      answer(await saveProject(project?.id, { name: name.value.trim(), color: color.value }));
    } catch (failure) {
      error.value = failure instanceof Error ? failure.message : String(failure);
      busy.value = false;
    }
  }

  return (
    <form class="stack" onSubmit={save}>
      <label class="field">
        <span>Name</span>
        <input
          value={name.value}
          maxLength={200}
          required
          onInput={(event) => {
            name.value = event.currentTarget.value;
          }}
        />
      </label>
      <fieldset class="colors">
        <legend>Color</legend>
        {[...new Set<string>([...palette, color.value])].map((choice) => (
          <label key={choice} title={colorName(choice)}>
            <input
              type="radio"
              name="color"
              checked={color.value === choice}
              onChange={() => {
                color.value = choice;
              }}
            />
            <span style={{ background: choice }} />
            <span class="visually-hidden">{colorName(choice)}</span>
          </label>
        ))}
        <label class="custom-color">
          <input
            type="color"
            aria-label="Another color"
            value={color.value}
            onChange={(event) => {
              color.value = event.currentTarget.value;
            }}
          />
        </label>
      </fieldset>
      <p class="error" role="alert">
        {error}
      </p>
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={busy.value}>
          {busy.value ? 'Saving…' : 'Save project'}
        </button>
        <button type="button" class="quiet" onClick={() => answer(undefined)}>
          Cancel
        </button>
      </div>
    </form>
  );
}

export function ProjectDialog() {
  const request = open.value;
  if (!request) return null;
  return (
    <Dialog
      title={request.project ? 'Edit project' : 'New project'}
      onClose={() => request.answer(undefined)}
    >
      <ProjectForm request={request} />
    </Dialog>
  );
}
