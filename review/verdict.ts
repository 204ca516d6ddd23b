// What a plan does to data and to people, in words. Pure: a plan and the facts of a change in, findings out.
import { majorInTag } from '../infra/database-version';
import { officialImages } from '../infra/names';
import type { ConfigChange, ConfigFacts, Facts } from './facts';
import { type Change, type Plan, type Resource, type Source, touched } from './plan';

/**
 * How bad it is: `lost`: data goes, or is out of reach; `down`: the stack, or a part of it, doesn't
 * answer for a while; `people`: they notice, such as by a new login; `note`: worth knowing.
 */
export type Severity = 'lost' | 'down' | 'people' | 'note';

/** A text from the program's own words and foreign ones, which the writers of texts escape. */
export type Words = readonly (string | { readonly foreign: string })[];

export interface Finding {
  readonly severity: Severity;
  /** In a title: what happens, in a few words, all of them the program's. */
  readonly headline: string;
  /** Who is interrupted, where it is said of several at once. */
  readonly who?: string;
  /** What it means for data and people. */
  readonly consequence: Words;
  /** The property, file or key that makes it happen. */
  readonly cause: Words;
  readonly source?: Source;
}

export interface Verdict {
  /** After the stack's name: `2 services roll, nothing is lost`. */
  readonly title: string;
  readonly findings: readonly Finding[];
}

const severities: readonly Severity[] = ['lost', 'down', 'people', 'note'];

/** What a tier is to people. */
const tierNames: Readonly<Record<string, string>> = {
  db: 'the database',
  backend: 'the backend',
  frontend: 'the frontend',
  edge: 'the edge',
  backup: 'the backup service',
  certifier: 'the certifier',
  standby: "the database's standby",
  pool: 'the pool of connections',
};

/** What is not there while a tier isn't. */
const whileAway: Readonly<Record<string, string>> = {
  db: 'requests are answered with 503 until it is back; no data is touched',
  backend: 'nobody can log in or save meanwhile',
  frontend: 'the page does not load meanwhile',
  edge: 'nobody reaches the application meanwhile',
  backup: 'nobody notices; a backup that is being made is made again',
  certifier: 'nobody notices; certificates are renewed when it is back',
  pool: 'requests are answered with 503 until it is back',
  standby:
    'nobody notices, unless commits wait for it (databaseSynchronous): then writes do, until it is back',
};

/** What is not there any more, where that is something else. */
const goneForGood: Readonly<Record<string, string>> = {
  backup: 'no more backups are made.',
  pool: 'backends have connections of their own.',
};

const volumes: Readonly<Record<string, string>> = {
  'db-data': 'the database volume',
  'backup-files': 'the volume of the backups',
};

export function verdictOf(plan: Plan, facts: Facts, config: ConfigFacts): Verdict {
  const changed = touched(plan);
  const isNew =
    changed.length > 0 && plan.resources.every(({ operation }) => operation === 'create');
  const findings = [
    ...(isNew ? [newStack(changed)] : changed.flatMap((one) => resourceFindings(one, plan, facts))),
    ...configFindings(config, plan),
    ...changeFindings(facts, plan),
  ];
  const sorted = severities.flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity),
  );
  return { title: titleOf(sorted, changed, isNew), findings: sorted };
}

/** Whether something that holds data, or takes the stack down, is deleted or replaced. */
export function isDangerous({ findings }: Verdict): boolean {
  return findings.some(({ severity }) => severity === 'lost' || severity === 'down');
}

function titleOf(
  findings: readonly Finding[],
  changed: readonly Resource[],
  isNew: boolean,
): string {
  const worst = findings[0];
  if (worst?.severity === 'lost' || worst?.severity === 'down') {
    const alike = findings.filter(({ severity }) => severity === worst.severity);
    const headlines = [...new Set(alike.map(({ headline }) => headline))];
    if (headlines.length === 1) return worst.headline;
    const who = [...new Set(alike.flatMap(({ who }) => who ?? []))];
    if (alike.every(({ who }) => who !== undefined))
      return who.length === 1 ? `${who[0]} is interrupted` : `${enumerated(who)} are interrupted`;
    return `${worst.headline}, and ${headlines.length - 1} more of the kind`;
  }
  if (isNew) return `a new stack of ${count(changed.length, 'resource')}`;
  if (changed.length === 0) {
    if (worst) return `nothing changes on the server; ${worst.headline}`;
    return 'nothing changes';
  }
  if (worst?.severity === 'people') return `${worst.headline}, nothing is lost`;
  const rolling = changed.filter((one) => one.kind === 'service' && restarts(one)).length;
  const scaled = changed.filter((one) => one.kind === 'service' && !restarts(one)).length;
  if (rolling > 0)
    return `${count(rolling, 'service')} ${rolling === 1 ? 'rolls' : 'roll'}, nothing is lost`;
  if (scaled > 0)
    return `${count(scaled, 'service')} ${scaled === 1 ? 'is' : 'are'} set otherwise, nothing is lost`;
  return `${count(changed.length, 'resource')} ${changed.length === 1 ? 'changes' : 'change'}, nothing is lost`;
}

function enumerated(items: readonly string[]): string {
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

function newStack(changed: readonly Resource[]): Finding {
  return {
    severity: 'note',
    headline: 'a new stack',
    consequence: [`Nothing of it runs yet: ${count(changed.length, 'resource')} would be made.`],
    cause: ['the base has no such stack'],
  };
}

function resourceFindings(resource: Resource, plan: Plan, facts: Facts): Finding[] {
  const found = (severity: Severity, headline: string, ...consequence: Words): Finding => ({
    severity,
    headline,
    consequence,
    cause: causeOf(resource, plan, facts),
    ...(severity === 'down' && { who: whoOf(resource) }),
    ...(resource.source && { source: resource.source }),
  });
  const isRemoved = resource.operation === 'delete' || resource.operation === 'replace';
  if (resource.isProtected && isRemoved && resource.kind !== 'volume')
    return [
      found(
        'down',
        'something protected would be removed',
        'Pulumi refuses this plan, and does nothing of it, as long as ',
        { foreign: resource.name },
        ' is protected.',
      ),
    ];
  switch (resource.kind) {
    case 'volume':
      return volumeFindings(resource, plan, found);
    case 'container':
      return containerFindings(resource, found);
    case 'service':
      return serviceFindings(resource, found);
    case 'network':
      return resource.operation === 'replace' || resource.operation === 'delete'
        ? [
            found(
              'down',
              `a network is ${pastOf(resource)}`,
              'Whatever is in network ',
              { foreign: resource.name },
              ' is cut off from it, and is made again: some seconds without service.',
            ),
          ]
        : [];
    case 'generated value':
      return valueFindings(resource, found);
    case 'secret':
      return resource.name === 'admin-password-hash' && resource.operation === 'replace'
        ? [
            found(
              'people',
              'the admin logs in anew',
              'The admin logs in with the new password; the old one is refused.',
            ),
          ]
        : [];
    case 'provider':
      return [
        found(
          'down',
          'everything goes to another engine',
          'The stack is looked for, and made, on another engine; what runs on the one of today is left alone there.',
        ),
      ];
    case 'resource':
    case 'base image':
    case 'image':
    case 'release record':
      return [];
  }
}

function whoOf({ kind, name }: Resource): string {
  if (kind === 'container' || kind === 'service') return tierNames[name] ?? `a ${kind}`;
  return kind === 'network' ? 'a network' : 'what is protected';
}

type Found = (severity: Severity, headline: string, ...consequence: Words) => Finding;

function volumeFindings(resource: Resource, plan: Plan, found: Found): Finding[] {
  const { name, operation, isProtected, isKept } = resource;
  if (operation !== 'delete' && operation !== 'replace' && operation !== 'other') return [];
  const what = volumes[name] ?? 'a volume with data';
  const refused = isProtected
    ? [' Pulumi refuses this plan, and does nothing of it, as long as the volume is protected.']
    : [];
  if (operation === 'delete' && isKept) {
    const other = plan.resources.find(
      (one) =>
        one.kind === 'volume' && one.operation === 'create' && tierOf(one) === tierOf(resource),
    );
    return [
      found(
        'lost',
        `${what} would be left behind`,
        'The data stays on the server in volume ',
        { foreign: name },
        ', but nothing uses it any more',
        ...(other ? ['; ', { foreign: other.name }, ' takes its place, and is empty.'] : ['.']),
        ...refused,
      ),
    ];
  }
  return [
    found(
      'lost',
      `${what} would be ${operation === 'delete' ? 'deleted' : 'replaced'}`,
      'All data in volume ',
      { foreign: name },
      isKept ? ' is out of reach: another volume is used in its place.' : ' is lost.',
      ...refused,
    ),
  ];
}

/** Of a database whose data would be that of another volume. */
function moveFindings({ changes, name }: Resource, found: Found): Finding[] | undefined {
  if (name !== 'db') return undefined;
  const { before, after } = changes.find(({ path }) => /\bmounts\b.*\.source$/.test(path)) ?? {};
  if (before === undefined || after === undefined || before === after) return undefined;
  return [
    found(
      'down',
      'the database goes to another volume',
      'The database stops, and goes on with what is in volume ',
      { foreign: after },
      '; the data in ',
      { foreign: before },
      ' stays there. `npm run upgrade` fills the one from the other, and does this by itself; any other plan that does it is refused.',
    ),
  ];
}

function containerFindings(resource: Resource, found: Found): Finding[] {
  const moves = moveFindings(resource, found);
  if (moves) return moves;
  const tier = tierNames[resource.name];
  const who = tier ?? 'a container';
  const away = whileAway[resource.name] ?? 'what needs it fails meanwhile';
  const name: Words = tier ? [] : [' (', { foreign: resource.name }, ')'];
  switch (resource.operation) {
    case 'replace':
      return [
        found(
          'down',
          `${who} is away for some seconds`,
          `${capital(who)}`,
          ...name,
          ` is stopped and made again, for some seconds: ${away}.`,
        ),
      ];
    case 'delete':
      return [found('down', `${who} goes`, `${capital(who)}`, ...name, ` goes for good: ${away}.`)];
    case 'update':
      return [
        found(
          'note',
          `${who} is changed as it runs`,
          `${capital(who)}`,
          ...name,
          ' is changed as it runs; nobody notices.',
        ),
      ];
    default:
      return [];
  }
}

/** Of a backend that goes on with another database. */
function otherDatabaseFindings({ changes, name }: Resource, found: Found): Finding[] {
  if (name !== 'backend') return [];
  const { before, after } =
    changes.find(({ path }) => /\.DATABASE_(HOST|PORT|NAME)$/.test(path)) ?? {};
  if (before === undefined || after === undefined) return [];
  return [
    found(
      'lost',
      'the application goes on with another database',
      'The backend leaves the database that it has for another one (',
      { foreign: before },
      ', ',
      { foreign: after },
      '): what is in the one is in the other only if somebody brings it there (docs/external-database.md).',
    ),
  ];
}

function serviceFindings(resource: Resource, found: Found): Finding[] {
  return [...otherDatabaseFindings(resource, found), ...rollFindings(resource, found)];
}

function rollFindings(resource: Resource, found: Found): Finding[] {
  const moves = moveFindings(resource, found);
  if (moves && resource.operation === 'update') return moves;
  const tier = tierNames[resource.name];
  const who = tier ?? 'a service';
  const away = whileAway[resource.name] ?? 'what needs it fails meanwhile';
  const name: Words = tier ? [] : [' (', { foreign: resource.name }, ')'];
  // Without backups for a moment, nobody is without service.
  const severity = ['backup', 'certifier', 'standby'].includes(resource.name) ? 'note' : 'down';
  const isFirst = ['backend', 'frontend', 'pool'].includes(resource.name);
  switch (resource.operation) {
    case 'replace':
      return [
        found(
          severity,
          `${who} is away until it is made again`,
          `${capital(who)}`,
          ...name,
          ` is taken away and made again, some seconds to a minute: ${away}.`,
        ),
      ];
    case 'delete':
      return [
        found(
          resource.name === 'pool' ? 'note' : 'down',
          `${who} goes`,
          `${capital(who)}`,
          ...name,
          ' goes for good: ',
          goneForGood[resource.name] ?? `${away}.`,
        ),
      ];
    case 'update':
      if (!restarts(resource))
        return [
          found(
            'note',
            `${who} is set otherwise`,
            `${capital(who)}`,
            ...name,
            ' is set otherwise without a restart; nobody notices.',
          ),
        ];
      return [
        isFirst
          ? found(
              'note',
              `${who} rolls`,
              `${capital(who)} rolls: each new task is healthy before an old one stops; nobody notices.`,
            )
          : found(
              severity,
              `${who} is away for some seconds`,
              `${capital(who)}`,
              ...name,
              ` stops before it starts anew, for some seconds: ${away}.`,
            ),
      ];
    default:
      return [];
  }
}

/** Whether a service's tasks are made anew: what is about tasks, or about ports. */
export function restarts({ changes }: Resource): boolean {
  return changes.some(({ path }) => /^(taskSpec|endpointSpec)\b/.test(path));
}

function valueFindings(resource: Resource, found: Found): Finding[] {
  if (resource.operation !== 'replace') return [];
  const [, generation] = /-g(\d+)$/.exec(resource.name) ?? [];
  if (resource.name.startsWith('jwt') || resource.name.startsWith('session'))
    return [
      found(
        'people',
        'everybody is logged out',
        `Generation ${generation ?? ''} of the secret is made anew without being a new generation: everybody is logged out.`,
      ),
    ];
  if (resource.name.startsWith('db-'))
    return [
      found(
        'down',
        'a password of the database is made anew',
        'The password is not the one that the database knows: the backend may not get in until it is set by hand.',
      ),
    ];
  return [];
}

function configFindings(config: ConfigFacts, plan: Plan): Finding[] {
  const findings: Finding[] = [];
  const add = (severity: Severity, headline: string, consequence: Words, cause: Words) =>
    findings.push({ severity, headline, consequence, cause });
  for (const change of config.changes) {
    const { key, before, after } = change;
    const cause = changeWords(change);
    const postgres = key === 'images' ? postgresFinding(imageChange(change), cause) : undefined;
    if (postgres) findings.push(postgres);
    else if (key === 'orchestrator')
      add(
        'down',
        'everything moves to another engine',
        [
          'Every container becomes a service, or the other way: minutes without service. The data volume is kept by its name, but the passwords in it are those of before.',
        ],
        cause,
      );
    else if (key === 'port')
      add(
        'down',
        `another port is open`,
        [
          'The application answers on port ',
          { foreign: after ?? '' },
          ', and no longer on ',
          { foreign: before ?? '' },
          '; a firewall or bookmark may know the old one.',
        ],
        cause,
      );
    else if (key === 'docker:host' || key === 'docker:context')
      add(
        'down',
        'the stack goes to another server',
        [
          'Everything is looked for, and made, on another server; what runs on the one of before is left alone there, with its data.',
        ],
        cause,
      );
    else if (key === 'secretsGeneration')
      findings.push(generationFinding(Number(before ?? 1), Number(after ?? 1), cause));
    else if (key === 'release')
      add(
        'people',
        'another release is pinned',
        [
          after
            ? 'The application goes to the release '
            : 'The application goes on with the working tree.',
          ...(after ? [{ foreign: after }, '; what is in the working tree is not released.'] : []),
        ],
        cause,
      );
    else if (key === 'databaseVolume')
      add(
        'note',
        'the config follows an upgrade of the database',
        [
          'Which volume the database runs on: as `npm run upgrade` writes it down. A plan that would take a running database to another one is refused.',
        ],
        cause,
      );
    else if (key !== 'waivers')
      add('note', 'config changes', ['A key of the config changes.'], cause);
  }
  for (const { rule, reason, until, isNew, isOver } of config.waivers)
    add(
      'note',
      isOver ? 'a waiver is over' : 'a guardrail is waived',
      isOver
        ? [`The guardrail ${rule} stands again: its waiver ended on ${until}.`]
        : [
            `The guardrail ${rule} is ${isNew ? 'newly ' : ''}waived until ${until}: `,
            { foreign: reason },
          ],
      ['waivers.', rule],
    );
  for (const key of config.secrets)
    add(
      'note',
      'a secret changes in the config',
      key === 'adminPassword' &&
        !plan.resources.some(
          ({ name, operation }) => name === 'admin-password-hash' && operation !== 'same',
        )
        ? ['The secret ', { foreign: key }, ' is encrypted anew.']
        : [
            'The secret ',
            { foreign: key },
            ' changes, or is encrypted anew; its value is not shown, nor known here.',
          ],
      [{ foreign: key }],
    );
  if (config.lacksAdminPassword)
    add(
      'note',
      'an admin password has to be set',
      [
        'Before it is released an admin password has to be set: `pulumi config set --secret adminPassword`.',
      ],
      ['no adminPassword in the config'],
    );
  return findings;
}

/** Of a map of base images: that of the database. */
function imageChange({ key, before, after }: ConfigChange): ConfigChange {
  const named = (text: string | undefined) => {
    try {
      const image: unknown = JSON.parse(text ?? '{}')?.postgres;
      return typeof image === 'string' ? image : undefined;
    } catch {
      return undefined;
    }
  };
  const [from, to] = [named(before), named(after)];
  return {
    key,
    ...(from !== undefined && { before: from }),
    ...(to !== undefined && { after: to }),
  };
}

/** Another major version of PostgreSQL, as far as the tags tell. */
function postgresFinding({ before, after }: ConfigChange, cause: Words): Finding | undefined {
  const [from, to] = [majorInTag(before ?? officialImages.postgres), majorInTag(after ?? '')];
  if (after === undefined || from === undefined || to === undefined || from === to)
    return undefined;
  return {
    severity: 'down',
    headline: `the database goes to PostgreSQL ${to}`,
    consequence:
      to < from
        ? [
            `PostgreSQL ${to} can't read data of PostgreSQL ${from}: a plan is refused. The way back after an upgrade is \`npm run upgrade -- --back\`.`,
          ]
        : [
            `Data of PostgreSQL ${from} has to be moved to ${to}: a plan is refused until \`npm run upgrade\` has done it, with the maintenance page shown meanwhile. The way back stays.`,
          ],
    cause,
  };
}

function generationFinding(before: number, after: number, cause: Words): Finding {
  const step = after - before;
  if (step === 1)
    return {
      severity: 'people',
      headline: `secrets go to generation ${after}`,
      consequence: [
        before > 1
          ? `Sessions and tokens of generation ${before - 1} and older end; those of generation ${before} stay valid.`
          : `Sessions and tokens of generation ${before} stay valid; nobody has to log in again.`,
      ],
      cause,
    };
  return {
    severity: 'people',
    headline: 'everybody is logged out',
    consequence: [
      step > 1
        ? `Generations ${before} to ${after} have none in common that is still verified: everybody is logged out.`
        : `Whoever logged in since generation ${before} began is logged out.`,
    ],
    cause,
  };
}

function changeFindings(facts: Facts, plan: Plan): Finding[] {
  const findings: Finding[] = [];
  // Without a new backend no migration runs.
  const runs = touched(plan).some(({ name, kind }) => name === 'backend' && kind !== 'volume');
  for (const { file, loses, locks, unclear } of runs ? facts.migrations : []) {
    const cause: Words = [{ foreign: file }];
    if (loses.length > 0)
      findings.push({
        severity: 'lost',
        headline: 'a migration removes data',
        consequence: ['A new migration removes data: ', ...listed(loses), '.'],
        cause,
      });
    if (unclear.length > 0)
      findings.push({
        severity: 'people',
        headline: 'a migration has to be read',
        consequence: [
          'What a new migration does, its text does not tell: ',
          ...listed(unclear),
          '. It may remove data, or keep people waiting: read it.',
        ],
        cause,
      });
    findings.push({
      severity: locks.length > 0 ? 'people' : 'note',
      headline: locks.length > 0 ? 'a migration keeps people waiting' : 'a migration is new',
      consequence:
        locks.length > 0
          ? ['A new migration runs before the new backend answers: ', ...listed(locks), '.']
          : [
              'A new migration runs before the new backend answers; as far as its text tells, nobody waits for it.',
            ],
      cause,
    });
  }
  for (const file of facts.editedMigrations)
    findings.push({
      severity: 'note',
      headline: 'an old migration is changed',
      consequence: [
        'A migration that may have run already is changed or gone: where it ran, it does not run again.',
      ],
      cause: [{ foreign: file }],
    });
  for (const file of facts.dockerfiles)
    findings.push({
      severity: 'note',
      headline: 'a Dockerfile changes',
      consequence: ['What the image is made of, or how it starts, is another.'],
      cause: [{ foreign: file }],
    });
  for (const change of facts.baseImages) {
    const postgres =
      change.key === 'postgres' ? postgresFinding(change, changeWords(change)) : undefined;
    findings.push(
      postgres ?? {
        severity: 'note',
        headline: 'a base image changes',
        consequence: ['What is built on it, or runs it, is made anew.'],
        cause: changeWords(change),
      },
    );
  }
  return findings;
}

function listed(items: readonly string[]): Words {
  return items.flatMap((item, index) =>
    index > 0 ? ['; ', { foreign: item }] : [{ foreign: item }],
  );
}

/** The properties that make it happen; for an image, what made that another. */
function causeOf(resource: Resource, plan: Plan, facts: Facts): Words {
  if (resource.operation === 'delete') return ['the program no longer has it'];
  const causing = resource.changes.filter(({ path }) =>
    resource.causes.length === 0
      ? true
      : resource.causes.some((cause) => path === cause || path.startsWith(`${cause}.`)),
  );
  const isImage = ({ path }: Change) => /(^|\.)image$/.test(path);
  const words = causing
    .slice(0, 4)
    .flatMap((change, index) => [
      ...(index > 0 ? ['; '] : []),
      ...(isImage(change)
        ? imageWords(resource, plan, facts)
        : changeWords({ key: shortPath(change.path), ...change })),
    ]);
  if (causing.length > 3) words.push(`; and ${causing.length - 3} more`);
  return words.length > 0 ? words : ['a property that the plan does not name'];
}

function imageWords(
  resource: Resource,
  plan: Plan,
  facts: Facts,
): (string | { foreign: string })[] {
  const image = plan.resources.find(
    ({ name, operation }) =>
      operation !== 'same' &&
      (name === `${resource.name}-image` || name === `base-${baseOf(resource.name)}`),
  );
  const files = facts.filesOf[resource.name] ?? 0;
  const why = image?.changes.find(
    ({ path }) => /(args|imageName|^name)/.test(path) && !/BASE_IMAGES/.test(path),
  );
  if (files > 0)
    return [
      `image: ${count(files, 'file')} of app/`,
      { foreign: resource.name },
      files === 1 ? ' is another' : ' are others',
    ];
  if (why) return ['image: ', ...changeWords({ key: shortPath(why.path), ...why })];
  return ['image'];
}

function baseOf(tier: string): string {
  return tier === 'db' ? 'postgres' : tier;
}

function changeWords({
  key,
  before,
  after,
}: {
  key: string;
  before?: string;
  after?: string;
}): (string | { foreign: string })[] {
  const side = (value: string | undefined): string | { foreign: string } =>
    value === undefined ? 'nothing' : { foreign: value };
  return before === after
    ? [{ foreign: key }]
    : [{ foreign: key }, ': ', side(before), ' → ', side(after)];
}

/** Without what every path of its kind begins with. */
export function shortPath(path: string): string {
  return path
    .replace(/^taskSpec\.(containerSpec\.)?/, '')
    .replace(/^mode\.replicated\./, '')
    .replace(/^build\.args\./, '');
}

function pastOf({ operation }: Resource): string {
  return operation === 'delete' ? 'removed' : 'replaced';
}

function tierOf({ name }: Resource): string {
  return name.split('-')[0] ?? name;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
