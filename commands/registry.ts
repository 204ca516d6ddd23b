// Every command, once: from here come dispatch, usage, help, completion, and what package.json and the
// README must say (commands/test/registry.test.ts compares them).
import type { Arguments } from './arguments';

export interface Command {
  /** As in `npm run <name>`. */
  readonly name: string;
  /** What it is for, in a few words: the README's table and `npm run help` show it. */
  readonly summary: string;
  /** What it takes beside options, such as `<release>`; empty for nothing. */
  readonly takes: string;
  /** How many words it takes: at least, at most. */
  readonly words: readonly [number, number];
  /** The stack that it is about unless --stack names another; undefined for commands about none. */
  readonly stack: string | undefined;
  /** The stack whose config one gets that has none yet. */
  readonly copies: string | undefined;
  /** It changes something, and asks before: it takes --yes. */
  readonly asks: boolean;
  /** Flags of its own: name and what it does. */
  readonly flags: Readonly<Record<string, string>>;
  /** Options of its own that take a value: name, and what they take and do, such as `<folder> writes it there`. */
  readonly options: Readonly<Record<string, string>>;
  /** Whether it is run on a host that set-up has not seen to yet. */
  readonly needsHost: boolean;
  readonly group: 'start' | 'production' | 'day two' | 'project';
  /** Loaded when it is called: help and completion need none of it. */
  readonly load: () => { readonly main: (args: Arguments) => Promise<number> };
}

type Given = Pick<Command, 'name' | 'summary' | 'group' | 'load'> & Partial<Command>;

function command(given: Given): Command {
  return {
    takes: '',
    words: [0, 0],
    stack: given.group === 'project' ? undefined : 'prod',
    copies: undefined,
    asks: false,
    flags: {},
    options: {},
    needsHost: given.group !== 'project',
    ...given,
  };
}

export const commands: readonly Command[] = [
  command({
    name: 'start',
    summary: "all set-up, then the dev stack, or a branch's own beside it",
    group: 'start',
    stack: 'dev',
    copies: 'dev',
    flags: {
      pull: 'take newer base images first',
      samples: 'import the exports of app/samples, too',
    },
    load: () => require('./start'),
  }),
  command({
    name: 'dev',
    summary: 'the dev stack with its sources live, and a debugger, until ^C',
    group: 'start',
    stack: 'dev',
    asks: true,
    load: () => require('./dev'),
  }),
  command({
    name: 'test',
    summary: 'all set-up, then every test, or the suites that are named',
    group: 'start',
    takes: '[suite ...]',
    words: [0, 99],
    stack: undefined,
    load: () => require('./test'),
  }),
  command({
    name: 'prod',
    summary: 'all set-up for production, then `pulumi up`',
    group: 'production',
    asks: true,
    flags: { recover: 'on a new server: the data comes back from the copy off the old one' },
    load: () => require('./prod'),
  }),
  command({
    name: 'adopt',
    summary: 'take over the data of a running docker compose deployment, or of a dump',
    group: 'production',
    asks: true,
    flags: {
      back: 'to the compose deployment, as it was when it was stopped; until --finish',
      finish: 'no way back any more; says what may be removed',
    },
    options: {
      'from-compose': '<project> that runs on the same engine; it serves on until a short switch',
      'from-dump': '<file> of pg_dump, in the custom format',
      service: '<name> of the project that runs PostgreSQL, if that is not plain',
    },
    load: () => require('./adopt'),
  }),
  command({
    name: 'release',
    summary: 'release what the working tree holds',
    group: 'day two',
    asks: true,
    flags: { pull: 'take newer base images first' },
    options: { reviewed: '<fingerprint> only what was reviewed; a review.json, too' },
    load: () => require('./release'),
  }),
  command({
    name: 'releases',
    summary: 'list releases, what each was built on, and which is live',
    group: 'day two',
    load: () => require('./releases'),
  }),
  command({
    name: 'rollback',
    summary: 'go back to a release, without building',
    group: 'day two',
    takes: '<release>',
    words: [1, 1],
    asks: true,
    load: () => require('./rollback'),
  }),
  command({
    name: 'rotate',
    summary: 'rotate every generated secret, each quarter',
    group: 'day two',
    asks: true,
    load: () => require('./rotate'),
  }),
  command({
    name: 'backup',
    summary: 'back up now, and list backups',
    group: 'day two',
    load: () => require('./backup'),
  }),
  command({
    name: 'restore',
    summary:
      'replace the data by a backup, or by what it was at a second, after a backup of what is there',
    group: 'day two',
    takes: '[<backup>|latest]',
    words: [0, 1],
    asks: true,
    flags: { 'without-safety-backup': 'of a database too damaged to be backed up first' },
    options: {
      to: "<moment> from the copy off the server, such as '2026-11-25 15:59:30'; or latest",
      into: "<stack> of a branch, to look at it first; this stack's own data stays",
    },
    load: () => require('./restore'),
  }),
  command({
    name: 'upgrade',
    summary: 'go on with another version of PostgreSQL; the data is moved, and the way back stays',
    group: 'day two',
    takes: '[<image>]',
    words: [0, 1],
    asks: true,
    flags: {
      back: 'to the version before, with what was written since',
      'as-before': 'with --back: to the data as it was, without what was written since',
      'without-safety-backup': 'with --as-before: of a database that does not start',
      finish: 'remove what is kept of before',
    },
    load: () => require('./upgrade'),
  }),
  command({
    name: 'keys',
    summary: 'the page to keep, with which everything comes back: passphrase, key, target',
    group: 'day two',
    load: () => require('./keys'),
  }),
  command({
    name: 'reindex',
    summary: "make indexes anew after the C library's collations changed",
    group: 'day two',
    load: () => require('./reindex'),
  }),
  command({
    name: 'maintenance',
    summary: 'show a maintenance page, or the application again',
    group: 'day two',
    takes: 'on|off',
    words: [1, 1],
    load: () => require('./maintenance'),
  }),
  command({
    name: 'status',
    summary: 'how the stack is, on one screen',
    group: 'day two',
    flags: { json: 'as JSON' },
    needsHost: false,
    load: () => require('./status'),
  }),
  command({
    name: 'certificate',
    summary: 'what the site proves itself with, and until when; its own root; a copy for a move',
    group: 'day two',
    takes: '[root|save <file>|load <file>]',
    words: [0, 2],
    asks: true,
    load: () => require('./certificate'),
  }),
  command({
    name: 'nodes',
    summary: 'the servers of the Swarm: what runs where, which may be lost; add, empty, take away',
    group: 'day two',
    takes: '[add <ssh://...>|data|standby|edge|drain|return|remove <node>]',
    words: [0, 2],
    asks: true,
    flags: {
      disks: 'in the list, what each has free of its disk: asked by a task there, some seconds',
    },
    load: () => require('./nodes'),
  }),
  command({
    name: 'failover',
    summary:
      'the database goes on where its standby is: its own server is lost, or is to be emptied',
    group: 'day two',
    asks: true,
    load: () => require('./failover'),
  }),
  command({
    name: 'stop',
    summary: "remove a branch's stack, with its data",
    group: 'day two',
    stack: 'dev',
    asks: true,
    load: () => require('./stop'),
  }),
  command({
    name: 'review',
    summary: 'what a change does to data and people, before it is released',
    group: 'day two',
    stack: undefined,
    needsHost: false,
    flags: {
      live: "plan on the stack's own state, too: for what is trusted",
      'no-refresh': 'in a live plan, without a look at the server',
      json: 'the data in place of the text',
    },
    options: {
      base: '<ref> what the change goes into: origin/HEAD, else main',
      head: '<ref> the change, in place of HEAD',
      stack: '<name> one stack in place of all',
      out: '<folder> writes review.json, review.md and review.html there',
    },
    load: () => require('./review'),
  }),
  command({
    name: 'drift',
    summary: 'what on the server is not as the last release left it; changes nothing',
    group: 'day two',
    needsHost: false,
    flags: { json: 'the data in place of the text' },
    load: () => require('./drift'),
  }),
  command({
    name: 'review:post',
    summary: 'write a review into its pull request, as one comment',
    group: 'project',
    options: {
      from: '<folder> what review --out wrote: else the artifact of the run in GITHUB_EVENT_PATH',
      repo: '<owner/name> on the forge: else GITHUB_REPOSITORY',
      number: '<N> the pull request',
      api: "<URL> base of the forge's API: else GITHUB_API_URL, else GitHub's",
    },
    load: () => require('./review-post'),
  }),
  command({
    name: 'drift:post',
    summary: 'keep one issue on the forge open while there is drift',
    group: 'project',
    stack: 'prod',
    options: {
      from: '<file> what drift printed',
      code: '<0|1|2> what drift exited with',
      repo: '<owner/name> on the forge: else GITHUB_REPOSITORY',
      api: "<URL> base of the forge's API: else GITHUB_API_URL, else GitHub's",
    },
    load: () => require('./drift-post'),
  }),
  command({
    name: 'sbom',
    summary: 'the bill of materials of what runs, in CycloneDX',
    group: 'project',
    stack: 'prod',
    options: { out: '<file> writes it there' },
    load: () => require('./sbom'),
  }),
  command({
    name: 'audit',
    summary: 'what is known against packages of the lock files',
    group: 'project',
    load: () => require('./audit'),
  }),
  command({
    name: 'world',
    summary: 'show whether this host uses official parts or those of offline/, or choose',
    group: 'project',
    takes: '[official|offline|look]',
    words: [0, 1],
    load: () => require('./world'),
  }),
  command({
    name: 'bench',
    summary: 'measure beside docker compose, and as tiers, users and data grow',
    group: 'project',
    takes: '[compose|growth|edge|copy|all]',
    words: [0, 1],
    needsHost: true,
    load: () => require('./bench'),
  }),
  command({
    name: 'e2e:soak',
    summary: 'the long run of releases, rotations and faults under load',
    group: 'project',
    needsHost: true,
    load: () => require('./soak'),
  }),
  command({
    name: 'help',
    summary: 'this list, or how a command is called',
    group: 'project',
    takes: '[command]',
    words: [0, 1],
    load: () => require('./help'),
  }),
  command({
    name: 'completion',
    summary: 'completion for bash: eval "$(npm run -s completion)"',
    group: 'project',
    load: () => require('./completion'),
  }),
];

export function findCommand(name: string): Command | undefined {
  return commands.find((command) => command.name === name);
}
