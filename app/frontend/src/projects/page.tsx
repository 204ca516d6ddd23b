import './projects.css';
import type { Client, Project } from '../api/types.ts';
import { writeFilters } from '../lib/filters.ts';
import { Link } from '../router.tsx';
import { changeClient, changeProject, clients, projects } from '../state/base.ts';
import { fail } from '../state/toast.ts';
import { Swatch } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { editClient, editProject, newClient, newProject } from '../ui/project-dialog.tsx';

/** To archive or bring back, and to edit, what has this name. */
function Actions({
  name,
  archived,
  archive,
  edit,
}: {
  name: string;
  archived: boolean;
  archive: () => Promise<unknown>;
  edit: () => Promise<unknown>;
}) {
  return (
    <span class="row-actions">
      <button type="button" class="ghost" onClick={() => archive().catch(fail)}>
        {archived ? 'Bring back' : 'Archive'}
        <span class="visually-hidden"> {name}</span>
      </button>
      <button
        type="button"
        class="ghost icon-only"
        aria-label={`Edit ${name}`}
        onClick={() => void edit()}
      >
        <Icon name="edit" />
      </button>
    </span>
  );
}

function Row({ project }: { project: Project }) {
  const { id, name, color, archived } = project;
  return (
    <li class="project-row" data-archived={archived}>
      <Swatch color={color} />
      <span class="project-name">
        <Link class="project-link" href={`/${writeFilters({ project: id })}`}>
          {name}
        </Link>
        {archived && <span class="chip">Archived</span>}
      </span>
      <Actions
        name={name}
        archived={archived}
        archive={() => changeProject(project, { archived: !archived })}
        edit={() => editProject(project)}
      />
    </li>
  );
}

const activeFirst = <T extends { archived: boolean }>(things: T[]): T[] =>
  things.toSorted((a, b) => Number(a.archived) - Number(b.archived));

function Projects({ of }: { of: Client | undefined }) {
  const mine = projects.value.filter(({ client }) => client?.id === of?.id);
  if (mine.length === 0) return <p class="card muted no-projects">No projects yet.</p>;
  return (
    <ul class="rows card">
      {activeFirst(mine).map((project) => (
        <Row key={project.id} project={project} />
      ))}
    </ul>
  );
}

function ClientPart({ client }: { client: Client }) {
  const { id, name, archived } = client;
  const heading = `client-${id}`;
  return (
    <section class="client-part" data-archived={archived} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>
          <Link class="client-link" href={`/${writeFilters({ client: id })}`}>
            {name}
          </Link>
        </h2>
        {archived && <span class="chip">Archived</span>}
        <Actions
          name={name}
          archived={archived}
          archive={() => changeClient(client, { archived: !archived })}
          edit={() => editClient(client)}
        />
      </header>
      <Projects of={client} />
    </section>
  );
}

export function ProjectsPage() {
  const without = projects.value.some(({ client }) => client === null);
  return (
    <>
      <div class="page-head">
        <h1>Projects</h1>
        <div class="tools">
          <button type="button" class="quiet" onClick={() => void newClient()}>
            <Icon name="plus" /> New client
          </button>
          <button type="button" class="primary" onClick={() => void newProject()}>
            <Icon name="plus" /> New project
          </button>
        </div>
      </div>
      {activeFirst(clients.value).map((client) => (
        <ClientPart key={client.id} client={client} />
      ))}
      {without && clients.value.length > 0 && (
        <section class="client-part" aria-labelledby="no-client">
          <header>
            <h2 id="no-client">Without a client</h2>
          </header>
          <Projects of={undefined} />
        </section>
      )}
      {without && clients.value.length === 0 && <Projects of={undefined} />}
      {projects.value.length + clients.value.length === 0 && (
        <div class="empty">
          <h2>No projects yet</h2>
          <p class="muted">
            A project gives entries a name and a color, and may belong to a client. Imports bring
            theirs.
          </p>
        </div>
      )}
    </>
  );
}
