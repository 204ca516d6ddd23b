// Inputs for what an entry has: a project, tags, a billable mark.
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { Id } from '../api/types.ts';
import { activeProjects, tags as knownTags, projectName, projects } from '../state/base.ts';
import { Icon } from './icons.tsx';
import { newProject } from './project-dialog.tsx';

export function Swatch({ color }: { color: string | undefined }) {
  return <span class="swatch" aria-hidden="true" style={color ? { background: color } : {}} />;
}

const newValue = '+';

export function ProjectField({
  value,
  onChange,
}: {
  value: Id | null;
  onChange: (id: Id | null) => void;
}) {
  const chosen = projects.value.find(({ id }) => id === value);
  return (
    <span class="project-field">
      <Swatch color={chosen?.color} />
      <select
        aria-label="Project"
        value={value ?? ''}
        onChange={async (event) => {
          const select = event.currentTarget;
          if (select.value !== newValue) return onChange(select.value || null);
          select.value = value ?? '';
          const made = await newProject();
          if (made) onChange(made.id);
        }}
      >
        <option value="">No project</option>
        {chosen?.archived && <option value={chosen.id}>{projectName(chosen)}</option>}
        {activeProjects.value.map((project) => (
          <option key={project.id} value={project.id}>
            {projectName(project)}
          </option>
        ))}
        <option value={newValue}>New project…</option>
      </select>
    </span>
  );
}

/** Tags as chips; Enter or a comma adds what is typed, Backspace takes the last one away. */
export function TagField({
  value,
  onChange,
}: {
  value: string[];
  onChange: (tags: string[]) => void;
}) {
  const text = useSignal('');
  const list = useId();

  function add(): void {
    const tag = text.value.trim();
    text.value = '';
    if (tag && !value.includes(tag)) onChange([...value, tag]);
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset can't be laid out as an input
    <div class="tag-field" role="group" aria-label="Tags">
      {value.map((tag) => (
        <button
          type="button"
          class="chip"
          key={tag}
          aria-label={`Remove tag ${tag}`}
          onClick={() => onChange(value.filter((other) => other !== tag))}
        >
          {tag} <span aria-hidden="true">×</span>
        </button>
      ))}
      <input
        aria-label="Add a tag"
        placeholder={value.length ? '' : 'Tags'}
        list={list}
        maxLength={100}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          if (text.value.endsWith(',')) {
            text.value = text.value.slice(0, -1);
            add();
          } else if (event instanceof InputEvent && event.inputType === 'insertReplacementText') {
            add();
          }
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && text.value.trim()) {
            event.preventDefault();
            add();
          } else if (event.key === 'Backspace' && !text.value) onChange(value.slice(0, -1));
        }}
        onBlur={add}
      />
      <datalist id={list}>
        {knownTags.value
          .filter((tag) => !value.includes(tag))
          .map((tag) => (
            <option key={tag} value={tag} />
          ))}
      </datalist>
    </div>
  );
}

export function BillableField({
  value,
  onChange,
}: {
  value: boolean;
  onChange: (billable: boolean) => void;
}) {
  return (
    <button
      type="button"
      class="billable"
      aria-pressed={value}
      aria-label="Billable"
      title={value ? 'Billable' : 'Not billable'}
      onClick={() => onChange(!value)}
    >
      <Icon name="money" />
    </button>
  );
}
