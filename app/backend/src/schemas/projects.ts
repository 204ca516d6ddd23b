import { Type } from 'typebox';
import { Id, Nullable } from './common.js';

export const Name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern:
    '^[^\\u0000-\\u001f\\u007f\\s]([^\\u0000-\\u001f\\u007f]*[^\\u0000-\\u001f\\u007f\\s])?$',
  description: 'Unique, whatever its case (of projects: of one client); without space around it',
});
const Color = Type.String({ pattern: '^#[0-9a-f]{6}$', examples: ['#4c6ef5'] });

const Version = Type.String({ description: 'For `If-Match`, in quotes' });

export const Client = Type.Object(
  { id: Id, name: Type.String(), archived: Type.Boolean(), version: Version },
  { title: 'Client' },
);

export const NewClient = Type.Object(
  { name: Name, archived: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);

export const ClientChange = Type.Object(
  { name: Type.Optional(Name), archived: Type.Optional(Type.Boolean()) },
  { additionalProperties: false, minProperties: 1 },
);

export const Project = Type.Object(
  {
    id: Id,
    name: Type.String(),
    color: Color,
    archived: Type.Boolean(),
    client: Nullable(Type.Object({ id: Id, name: Type.String() })),
    version: Version,
  },
  { title: 'Project' },
);

export const NewProject = Type.Object(
  {
    name: Name,
    color: Type.Optional(Color),
    archived: Type.Optional(Type.Boolean()),
    client: Type.Optional(Nullable(Id)),
  },
  { additionalProperties: false },
);

export const ProjectChange = Type.Object(
  {
    name: Type.Optional(Name),
    color: Type.Optional(Color),
    archived: Type.Optional(Type.Boolean()),
    client: Type.Optional(Nullable(Id)),
  },
  { additionalProperties: false, minProperties: 1 },
);

export const NameQuery = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`nextCursor` of a page' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 1000 })),
  },
  { additionalProperties: false },
);

export const ProjectQuery = Type.Object(
  { ...NameQuery.properties, client: Type.Optional(Id) },
  { additionalProperties: false },
);
