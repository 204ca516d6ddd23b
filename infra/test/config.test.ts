import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  brokenImageRule,
  brokenPasswordRule,
  keys,
  parseConfig,
  parseRelease,
  type RawConfig,
  type StackConfig,
  waiverNotes,
} from '../config';

const dev = { orchestrator: 'container', port: '8080' };
const prod = { orchestrator: 'swarm', port: '80', adminPassword: 'correct horse battery' };

/** The config as the program reads it: values by key without the project's name. */
function parse(
  values: Record<string, string>,
  stack = 'dev',
  more: Partial<RawConfig> = {},
): StackConfig {
  return parseConfig({
    project: 'timetracker',
    stack,
    values: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key.includes(':') ? key : `timetracker:${key}`,
        value,
      ]),
    ),
    isSecret: () => true,
    hostImages: {},
    ...more,
  });
}

/** The problems that the message of a refused config lists. */
function problems(
  values: Record<string, string>,
  stack = 'dev',
  more: Partial<RawConfig> = {},
): string[] {
  try {
    parse(values, stack, more);
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message.split('\n  - ').slice(1);
  }
  return [];
}

describe('parseConfig', () => {
  it('takes a dev stack, with the official base images and one generation of secrets', () => {
    const config = parse(dev, 'dev');
    assert.equal(config.orchestrator, 'container');
    assert.equal(config.port, 8080);
    assert.equal(config.images.postgres, 'postgres:17-alpine');
    assert.equal(config.secretsGeneration, 1);
    assert.equal(config.adminPassword, undefined);
    assert.equal(config.release, undefined);
  });

  it('takes a prod stack and keeps the password secret', async () => {
    const config = parse({ ...prod, backendReplicas: '3', release: '0123abcd-4567ef01' }, 'prod');
    assert.deepEqual(config.replicas, { backend: 3, frontend: 2 });
    assert.deepEqual(config.release, { backend: '0123abcd', frontend: '4567ef01' });
    assert.ok(config.adminPassword);
  });

  it('replaces only the base images that are named', () => {
    const config = parse({ ...dev, images: '{"node":"mirror.example/node:22"}' }, 'dev');
    assert.equal(config.images.node, 'mirror.example/node:22');
    assert.equal(config.images.nginx, 'nginx:1.28-alpine');
  });

  const bad: [string, Record<string, string>, string][] = [
    [
      'an unknown key',
      { ...dev, prot: '8080' },
      'prot is not a config key of this program; did you mean port?; ' +
        'remove it with: pulumi config rm --stack dev timetracker:prot',
    ],
    [
      'a key like no other',
      { ...dev, watermelon: '1' },
      `watermelon is not a config key of this program; the keys are ${keys.join(', ')}; ` +
        'remove it with: pulumi config rm --stack dev timetracker:watermelon',
    ],
    [
      'a namespace that is mistyped',
      { ...dev, 'timetraker:backupsKept': '3' },
      'timetraker:backupsKept has no effect: nothing here reads the namespace timetraker; ' +
        'did you mean timetracker:backupsKept?; ' +
        'remove it with: pulumi config rm --stack dev timetraker:backupsKept',
    ],
    [
      "the provider's namespace, mistyped",
      { ...dev, 'dokcer:host': 'ssh://server' },
      'dokcer:host has no effect: nothing here reads the namespace dokcer; did you mean docker:host?; ' +
        'remove it with: pulumi config rm --stack dev dokcer:host',
    ],
    [
      "a key of the provider's, mistyped",
      { ...dev, 'docker:hots': 'ssh://server' },
      'docker:hots is not a config key of the docker provider; did you mean docker:host?; ' +
        'remove it with: pulumi config rm --stack dev docker:hots',
    ],
    [
      'a volume that no upgrade has filled',
      { ...dev, databaseVolume: 'data-18; rm' },
      'databaseVolume is "data-18; rm", but must be what `npm run upgrade` has set, such as data-18; go on with the first volume with: pulumi config rm --stack dev databaseVolume',
    ],
    [
      'a switch that is none',
      { ...dev, apiDocs: 'no' },
      'apiDocs is "no", but must be true or false; mend it with: pulumi config set --stack dev apiDocs false',
    ],
    [
      'a platform that is none',
      { ...dev, platform: 'windows/amd64' },
      'platform is "windows/amd64", but must be linux/amd64 or linux/arm64; ' +
        "go on with the engine's own with: pulumi config rm --stack dev platform",
    ],
    [
      'a port out of range',
      { ...dev, port: '99999' },
      'port is "99999", but must be a whole number from 1 to 65535; mend it with: pulumi config set --stack dev port 8080',
    ],
    [
      'a port that is no number',
      { ...dev, port: '80a' },
      'port is "80a", but must be a whole number from 1 to 65535; mend it with: pulumi config set --stack dev port 8080',
    ],
    [
      'an empty port',
      { ...dev, port: '' },
      'port is "", but must be a whole number from 1 to 65535; mend it with: pulumi config set --stack dev port 8080',
    ],
    [
      'no port',
      { orchestrator: 'container' },
      'port is missing, but must be a whole number from 1 to 65535; mend it with: pulumi config set --stack dev port 8080',
    ],
    [
      'an unknown orchestrator',
      { ...dev, orchestrator: 'compose' },
      'orchestrator is "compose", but must be container or swarm; ' +
        'mend it with: pulumi config set --stack dev orchestrator container',
    ],
    [
      'images that are no map',
      { ...dev, images: 'node:22' },
      'images must be a map of base images; set one with: ' +
        'pulumi config set --stack dev --path images.node node:22-alpine',
    ],
    [
      'an unknown base image',
      { ...dev, images: '{"redis":"redis:7"}' },
      'images.redis is not a base image; they are node, nginx, postgres, caddy, registry; ' +
        'remove it with: pulumi config rm --stack dev --path images.redis',
    ],
    [
      'a base image without a version',
      { ...dev, images: '{"node":"node"}' },
      'images.node is "node", but must name a tag or a digest; ' +
        'mend it with: pulumi config set --stack dev --path images.node node:22-alpine',
    ],
    [
      'a generation of zero',
      { ...dev, secretsGeneration: '0' },
      'secretsGeneration is "0", but must be a whole number from 1 to 9999; ' +
        'mend it with: pulumi config set --stack dev secretsGeneration 1',
    ],
    [
      'a password in dev',
      { ...dev, adminPassword: 'correct horse battery' },
      'adminPassword is only for swarm stacks: dev has fixed credentials; ' +
        'remove it with: pulumi config rm --stack dev adminPassword',
    ],
    [
      'no password in prod',
      { orchestrator: 'swarm', port: '80' },
      'adminPassword is missing; set it, without showing it, with: ' +
        'pulumi config set --stack dev --secret adminPassword',
    ],
    [
      'a release that is no release',
      { ...prod, release: 'v1.2' },
      'release is "v1.2", but must be a release that `npm run releases` lists; ' +
        'go on with the working tree with: pulumi config rm --stack dev release',
    ],
  ];
  for (const [what, values, message] of bad)
    it(`refuses ${what}`, () => assert.deepEqual(problems(values), [message]));

  it('refuses a password in clear text, without showing it', () =>
    assert.deepEqual(problems(prod, 'prod', { isSecret: () => false }), [
      'adminPassword stands in the config in clear text, but must be a secret: it is known now, so choose ' +
        'another, with: pulumi config set --stack prod --secret adminPassword',
    ]));

  for (const [stack, rule] of [
    ['InfProd', 'must be lower-case letters, digits and dashes'],
    ['inf.prod_x', 'must be lower-case letters, digits and dashes'],
    ['-x', 'must be lower-case letters, digits and dashes'],
    ['x'.repeat(21), 'must be at most 20 characters long: a secret'],
  ] as const)
    it(`refuses the stack name ${stack}`, () => {
      const [problem] = problems(dev, stack);
      assert.ok(problem?.startsWith(`the stack's name, ${stack}, ${rule}`), problem);
      assert.match(problem ?? '', /pulumi stack init <name>$/);
    });

  it("takes Pulumi's own settings of a stack, and the provider's keys", () =>
    assert.deepEqual(problems({ ...dev, 'pulumi:tags': '{}', 'docker:host': 'ssh://server' }), []));

  it("takes this host's base images, unless the stack names others", () => {
    const hostImages = { node: 'offline/node:22', postgres: 'offline/postgres:17' };
    const { images } = parse({ ...dev, images: '{"node":"node:24-alpine"}' }, 'dev', {
      hostImages,
    });
    assert.equal(images.node, 'node:24-alpine');
    assert.equal(images.postgres, 'offline/postgres:17');
    assert.equal(images.nginx, 'nginx:1.28-alpine');
  });

  it('lists every problem at once, under one headline', () => {
    assert.throws(() => parse({ port: 'x', colour: 'red' }, 'dev'), {
      message:
        /^The config of stack dev can't be used:\n {2}- colour .*\n {2}- orchestrator .*\n {2}- port /s,
    });
  });
});

describe('brokenPasswordRule', () => {
  it('takes 12 characters to 72 bytes', () => {
    assert.equal(brokenPasswordRule('a'.repeat(12), 'swarm'), undefined);
    assert.equal(brokenPasswordRule('a'.repeat(72), 'swarm'), undefined);
  });

  for (const [what, password, rule] of [
    ['empty', '', 'is empty'],
    ['blank', ' '.repeat(20), 'is empty'],
    ['short', 'only-eleven', 'is too short: at least 12 characters'],
    ['73 bytes', 'b'.repeat(73), 'is too long: bcrypt reads 72 bytes and would cut the rest'],
    [
      '37 characters of two bytes',
      'é'.repeat(37),
      'is too long: bcrypt reads 72 bytes and would cut the rest',
    ],
  ] as const)
    it(`refuses one that is ${what}, without showing it`, () => {
      assert.equal(brokenPasswordRule(password, 'swarm'), rule);
      const [problem] = problems({ orchestrator: 'swarm', port: '80', adminPassword: password });
      assert.ok(problem?.startsWith(`adminPassword ${rule}; set it`));
      if (password.trim()) assert.ok(!problem?.includes(password));
    });
});

describe('brokenImageRule', () => {
  const digest = `sha256:${'0a'.repeat(32)}`;
  for (const image of ['node:22-alpine', 'mirror.example:5000/a/b:1', `node@${digest}`, digest])
    it(`takes ${image}`, () => assert.equal(brokenImageRule(image), undefined));
  for (const [image, rule] of [
    ['node', 'is "node", but must name a tag or a digest'],
    ['mirror.example:5000/node', 'is "mirror.example:5000/node", but must name a tag or a digest'],
    [
      'node:latest',
      'is "node:latest", but must name a version: latest means another image each day',
    ],
    ['', 'is "", but must be an image reference'],
    [22, 'is 22, but must be an image reference'],
  ] as const)
    it(`refuses ${JSON.stringify(image)}`, () => assert.equal(brokenImageRule(image), rule));
});

describe('parseRelease', () => {
  it('reads the tags of both images', () =>
    assert.deepEqual(parseRelease('0123abcd-4567ef01'), {
      backend: '0123abcd',
      frontend: '4567ef01',
    }));
  it('is undefined when nothing is pinned', () => assert.equal(parseRelease(undefined), undefined));
  for (const text of ['', 'latest', '0123abcd', '0123abcd-4567ef0', '0123ABCD-4567ef01'])
    it(`refuses "${text}"`, () => assert.equal(parseRelease(text), 'malformed'));
});

describe('waivers', () => {
  const waivers = (value: unknown) => ({ ...dev, waivers: JSON.stringify(value) });

  it('name a guardrail, a reason and the last day', () =>
    assert.deepEqual(
      parse(waivers({ 'memory-limit': { reason: ' measuring ', until: '2026-12-31' } })).waivers,
      [{ rule: 'memory-limit', reason: 'measuring', until: '2026-12-31' }],
    ));

  for (const [what, value, problem] of [
    [
      'another rule',
      { 'memory-limits': { reason: 'x', until: '2026-12-31' } },
      'waivers.memory-limits is not a guardrail that can be waived; did you mean memory-limit?; ' +
        'remove it with: pulumi config rm --stack dev --path waivers.memory-limits',
    ],
    [
      'no reason',
      { 'memory-limit': { until: '2026-12-31' } },
      'waivers.memory-limit needs a reason; set it with: ' +
        "pulumi config set --stack dev --path waivers.memory-limit.reason '<why>'",
    ],
    [
      'no day',
      { 'memory-limit': { reason: 'x', until: 'soon' } },
      'waivers.memory-limit needs its last day, such as 2026-12-31; set it with: ' +
        'pulumi config set --stack dev --path waivers.memory-limit.until <day>',
    ],
    [
      'a list',
      [],
      'waivers must be a map of guardrails; set one with: ' +
        'pulumi config set --stack dev --path waivers.memory-limit.reason <why>',
    ],
  ] as const)
    it(`refuse ${what}`, () => assert.deepEqual(problems(waivers(value)), [problem]));

  it('let an image without a version pass while they last', () => {
    const images = { images: '{"node":"node"}' };
    const waived = (until: string) => ({
      ...waivers({ 'image-version': { reason: 'x', until } }),
      ...images,
    });
    assert.equal(parse(waived('9999-12-31')).images.node, 'node');
    assert.equal(problems(waived('2020-01-01')).length, 1);
  });

  it('are told in every plan, and when they are over', () =>
    assert.deepEqual(
      waiverNotes(
        [{ rule: 'log-limit', reason: 'a flood', until: '2026-12-31' }],
        'prod',
        '2026-12-31',
      ).concat(
        waiverNotes(
          [{ rule: 'log-limit', reason: 'a flood', until: '2026-12-31' }],
          'prod',
          '2027-01-01',
        ),
      ),
      [
        'The guardrail log-limit is waived until 2026-12-31: a flood',
        'The waiver of the guardrail log-limit ended on 2026-12-31, and the rule stands again; ' +
          'remove it with: pulumi config rm --stack prod --path waivers.log-limit',
      ],
    ));
});
