import './projects.css';
import type { Project } from '../api/types.ts';
import { writeFilters } from '../lib/filters.ts';
import { Link } from '../router.tsx';
import { projects, saveProject } from '../state/base.ts';
import { fail } from '../state/toast.ts';
import { Swatch } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { editProject, newProject } from '../ui/project-dialog.tsx';

function Row({ project }: { project: Project }) {
  const { id, name, color, archived } = project;
  return (
    <li class="project-row" data-archived={archived}>
      <Swatch color={color} />
      <span class="project-name">
        <Link href={`/${writeFilters({ project: id })}`}>{name}</Link>
        {archived && <span class="chip">Archived</span>}
      </span>
      <span class="row-actions">
        <button
          type="button"
          class="ghost"
          onClick={() => saveProject(id, { name, color, archived: !archived }).catch(fail)}
        >
          {archived ? 'Bring back' : 'Archive'}
          <span class="visually-hidden"> {name}</span>
        </button>
        <button
          type="button"
          class="ghost icon-only"
          aria-label={`Edit ${name}`}
          onClick={() => void editProject(project)}
        >
          <Icon name="edit" />
        </button>
      </span>
    </li>
  );
}

export function ProjectsPage() {
  const sorted = projects.value.toSorted((a, b) => Number(a.archived) - Number(b.archived));
  return (
    <>
      <div class="page-head">
        <h1>Projects</h1>
        <div class="tools">
          <button type="button" class="primary" onClick={() => void newProject()}>
            <Icon name="plus" /> New project
          </button>
        </div>
      </div>
      {sorted.length ? (
        <ul class="rows card">
          {sorted.map((project) => (
            <Row key={project.id} project={project} />
          ))}
        </ul>
      ) : (
        <div class="empty">
          <h2>No projects yet</h2>
          <p class="muted">A project gives entries a name and a color. Imports bring theirs.</p>
        </div>
      )}
    </>
  );
}
