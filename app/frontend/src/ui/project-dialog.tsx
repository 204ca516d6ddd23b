// Making or changing a project or a client, from wherever one is needed.
import { signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Client, Project } from '../api/types.ts';
import { colorName, palette, rarest } from '../lib/palette.ts';
import {
  activeClients,
  changeClient,
  changeProject,
  clients,
  createClient,
  createProject,
  projects,
} from '../state/base.ts';
import { Dialog } from './dialog.tsx';

interface Request<T> {
  /** What is to be changed; none for a new one. */
  thing: T | undefined;
  answer: (saved: T | undefined) => void;
}

/** Asks by a dialog, and closes it with the answer. Undefined: the person thought better of it. */
function createAsk<T>() {
  const open = signal<Request<T> | undefined>(undefined);
  const ask = (thing?: T): Promise<T | undefined> =>
    new Promise((resolve) => {
      open.value = {
        thing,
        answer: (saved) => {
          open.value = undefined;
          resolve(saved);
        },
      };
    });
  return { open, ask };
}

const project = createAsk<Project>();
const client = createAsk<Client>();
export const newProject = () => project.ask();
export const editProject = project.ask;
export const newClient = () => client.ask();
export const editClient = client.ask;

function Form<T>({
  request,
  save,
  label,
  children,
}: {
  request: Request<T>;
  save: () => Promise<T>;
  label: string;
  children: ComponentChildren;
}) {
  const error = useSignal('');
  const busy = useSignal(false);
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    error.value = '';
    try {
      request.answer(await save());
    } catch (failure) {
      error.value = failure instanceof Error ? failure.message : String(failure);
      busy.value = false;
    }
  }
  return (
    <form class="stack" onSubmit={submit}>
      {children}
      <p class="error" role="alert">
        {error}
      </p>
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={busy.value}>
          {busy.value ? 'Saving…' : label}
        </button>
        <button type="button" class="quiet" onClick={() => request.answer(undefined)}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function NameField({ value, onInput }: { value: string; onInput: (name: string) => void }) {
  return (
    <label class="field">
      <span>Name</span>
      <input
        value={value}
        maxLength={200}
        required
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

const newValue = '+';

function ProjectForm({ request }: { request: Request<Project> }) {
  const { thing } = request;
  const form = useSignal({
    name: thing?.name ?? '',
    color: thing?.color ?? rarest(projects.value.map(({ color }) => color)),
    client: thing?.client?.id ?? null,
  });
  const { name, color, client: of } = form.value;
  const set = (change: Partial<typeof form.value>) => {
    form.value = { ...form.value, ...change };
  };
  const save = () => {
    const values = { ...form.value, name: name.trim() };
    return thing ? changeProject(thing, values) : createProject(values);
  };
  const chosen = clients.value.find(({ id }) => id === of);
  return (
    <Form request={request} save={save} label="Save project">
      <NameField value={name} onInput={(name) => set({ name })} />
      <label class="field">
        <span>Client</span>
        <select
          value={of ?? ''}
          onChange={async (event) => {
            const select = event.currentTarget;
            if (select.value !== newValue) return set({ client: select.value || null });
            select.value = of ?? '';
            const made = await newClient();
            if (made) set({ client: made.id });
          }}
        >
          <option value="">No client</option>
          {chosen?.archived && <option value={chosen.id}>{chosen.name}</option>}
          {activeClients.value.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          <option value={newValue}>New client…</option>
        </select>
      </label>
      <fieldset class="colors">
        <legend>Color</legend>
        {[...new Set<string>([...palette, color])].map((choice) => (
          <label key={choice} title={colorName(choice)}>
            <input
              type="radio"
              name="color"
              checked={color === choice}
              onChange={() => set({ color: choice })}
            />
            <span style={{ background: choice }} />
            <span class="visually-hidden">{colorName(choice)}</span>
          </label>
        ))}
        <label class="custom-color">
          <input
            type="color"
            aria-label="Another color"
            value={color}
            onChange={(event) => set({ color: event.currentTarget.value })}
          />
        </label>
      </fieldset>
    </Form>
  );
}

function ClientForm({ request }: { request: Request<Client> }) {
  const { thing } = request;
  const name = useSignal(thing?.name ?? '');
  const save = () =>
    thing ? changeClient(thing, { name: name.value.trim() }) : createClient(name.value.trim());
  return (
    <Form request={request} save={save} label="Save client">
      <NameField
        value={name.value}
        onInput={(text) => {
          name.value = text;
        }}
      />
    </Form>
  );
}

/** The client's over the project's, which may ask for one. */
export function NameDialogs() {
  const ofProject = project.open.value;
  const ofClient = client.open.value;
  return (
    <>
      {ofProject && (
        <Dialog
          title={ofProject.thing ? 'Edit project' : 'New project'}
          onClose={() => ofProject.answer(undefined)}
        >
          <ProjectForm request={ofProject} />
        </Dialog>
      )}
      {ofClient && (
        <Dialog
          title={ofClient.thing ? 'Edit client' : 'New client'}
          onClose={() => ofClient.answer(undefined)}
        >
          <ClientForm request={ofClient} />
        </Dialog>
      )}
    </>
  );
}
