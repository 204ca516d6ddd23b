import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRegistry } from '../registry';

function parse(
  registry: string | undefined,
  entries?: unknown,
  {
    orchestrator = 'swarm',
    authIsSecret = true,
  }: { orchestrator?: 'swarm' | 'container'; authIsSecret?: boolean } = {},
) {
  const problems: string[] = [];
  const registryAuth =
    entries === undefined || typeof entries === 'string' ? entries : JSON.stringify(entries);
  const found = parseRegistry(
    { registry, registryAuth },
    { stack: 'prod', orchestrator, authIsSecret, problem: (text) => problems.push(text) },
  );
  return { found, problems };
}

const address = 'registry.example.com:5000';
const entry = { address, username: 'deploy', password: 'a token' };

describe('the registry', () => {
  it('is none by itself, whatever the provider is told for base images', () =>
    assert.deepEqual(parse(undefined, [entry]), { found: undefined, problems: [] }));

  it('is a host with a port and a path, and the words that it asks for', () => {
    assert.deepEqual(parse(`${address}/team/hours`, [{ ...entry, address: 'ghcr.io' }, entry]), {
      found: {
        address: `${address}/team/hours`,
        server: address,
        login: { username: 'deploy', password: 'a token' },
        isOwn: false,
      },
      problems: [],
    });
    for (const open of ['localhost/a', '127.0.0.1:5000', 'ghcr.io/some-team/a.b__c'])
      assert.deepEqual(parse(open).found, {
        address: open,
        server: open.split('/')[0],
        login: undefined,
        isOwn: false,
      });
  });

  const mend = 'pulumi config set --stack prod registry registry.example.com/team';
  for (const [what, registry] of [
    ['a scheme', 'https://registry.example.com'],
    ['a name that Docker takes for one of Docker Hub', 'team'],
    ['a path in capitals', 'ghcr.io/Team'],
    ['a tag', 'ghcr.io/team:1'],
    ['an end that is open', 'ghcr.io/team/'],
    ['a word for the shell', 'ghcr.io/$(id)'],
  ] as const)
    it(`is refused with ${what}`, () =>
      assert.deepEqual(parse(registry), {
        found: undefined,
        problems: [
          `registry is "${registry}", but must be own, or a host and, if it has one, a path, in lower case and ` +
            `without https://; mend it with: ${mend}`,
        ],
      }));

  it('is for Swarm alone', () =>
    assert.deepEqual(parse(address, undefined, { orchestrator: 'container' }).problems, [
      'registry is only for swarm stacks: containers run where they are built; ' +
        'remove it with: pulumi config rm --stack prod registry',
    ]));

  const set = "pulumi config set --stack prod --path 'docker:registryAuth[0].";
  for (const [what, entries] of [
    ['another host', [{ ...entry, address: 'ghcr.io' }]],
    ['no password', [{ ...entry, password: '' }]],
    ['nothing that can be read', '{'],
    ['no list', { address }],
  ] as const)
    it(`is refused with logins for ${what}`, () =>
      assert.deepEqual(parse(address, entries).problems, [
        `docker:registryAuth has no address, username and password for ${address}, the host of registry; set them with: ` +
          `${set}address' ${address} && ${set}username' <user> && ` +
          "pulumi config set --stack prod --secret --path 'docker:registryAuth[0].password'",
      ]));

  it("is the stack's own, on each server's loopback, and lets in nobody without a password", () => {
    const here = '127.0.0.1:5000';
    const password = 'a token of 24 characters';
    assert.deepEqual(parse('own', [{ ...entry, address: here, password }]), {
      found: {
        ...{ address: here, server: here, isOwn: true },
        login: { username: 'deploy', password },
      },
      problems: [],
    });
    assert.deepEqual(parse('own', [{ ...entry, address: here }]).problems, [
      `docker:registryAuth has a password for ${here} that is too short: who guesses it can replace images, so at least ` +
        '24 characters; make one with: openssl rand -hex 24 | pulumi config set --stack prod ' +
        "--secret --path 'docker:registryAuth[0].password'",
    ]);
    assert.deepEqual(parse('own').problems, [
      `docker:registryAuth has no address, username and password for ${here}, the host of registry; set them with: ` +
        `${set}address' ${here} && ${set}username' <user> && ` +
        "pulumi config set --stack prod --secret --path 'docker:registryAuth[0].password'",
    ]);
  });

  it("takes a name that the stack's own registry can read", () => {
    const here = '127.0.0.1:5000';
    for (const username of ['a:b', '#x', 'a b', 'a\nb'])
      assert.deepEqual(
        parse('own', [{ address: here, username, password: 'a token of 24 characters' }]).problems,
        [
          `docker:registryAuth has a username for ${here} that the registry can't read: letters, digits, dots, dashes and ` +
            `underscores; set it with: ${set}username' deploy`,
        ],
      );
  });

  it('keeps its password out of sight', () => {
    const { found, problems } = parse(address, [entry], { authIsSecret: false });
    assert.equal(found?.login, undefined);
    assert.deepEqual(problems, [
      'docker:registryAuth stands in the config in clear text, but its password must be a secret: it is known now, so ' +
        "make another, and set it with: pulumi config set --stack prod --secret --path 'docker:registryAuth[0].password'",
    ]);
  });
});
