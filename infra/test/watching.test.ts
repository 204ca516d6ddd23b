import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isWatched, parseWatching, type WatchingKey } from '../watching';

type Values = Partial<Record<WatchingKey, string>>;

function parse(values: Values, orchestrator: 'swarm' | 'container' = 'swarm', secret = true) {
  const problems: string[] = [];
  const watching = parseWatching(values, {
    stack: 'prod',
    orchestrator,
    isSecret: () => secret,
    problem: (text) => problems.push(text),
  });
  return { watching, problems };
}
const alertUrl = 'https://hooks.slack.com/services/T0/B0/token-of-the-channel';
const mended =
  'set it, without showing it, with: pulumi config set --stack prod --secret alertUrl, ' +
  'or remove it with: pulumi config rm --stack prod alertUrl';

describe('watching', () => {
  it('is nothing by itself', () => {
    const { watching, problems } = parse({});
    assert.deepEqual(watching, { alert: undefined, heartbeat: undefined, metrics: false });
    assert.deepEqual(problems, []);
    assert.equal(isWatched(watching), false);
    assert.equal(isWatched(parse({ metrics: 'true' }).watching), false);
  });

  it('has an address to tell, one to call, or both', () => {
    const heartbeatUrl = 'http://[2001:db8::5]:8000/ping/3a4b5c6d-0000-4000-8000-000000000001';
    const { watching, problems } = parse({
      alertUrl: `${alertUrl}\n`,
      alertFormat: 'json',
      heartbeatUrl,
      metrics: 'true',
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(watching, {
      alert: { url: alertUrl, format: 'json' },
      heartbeat: heartbeatUrl,
      metrics: true,
    });
    assert.ok(isWatched(watching));
    assert.ok(isWatched(parse({ heartbeatUrl }).watching));
    assert.deepEqual(parse({ alertUrl: `https://example.org/${'x'.repeat(300)}` }).problems, []);
    assert.deepEqual(parse({ alertUrl: 'https://me:secret@ntfy.example.org/t' }).problems, []);
  });

  for (const [what, value, rule] of [
    ['is empty', '', 'is empty'],
    ['is blank', '  ', 'is empty'],
    [
      'is no address',
      'true',
      'is no address: it must be one such as https://ntfy.example.org/topic',
    ],
    [
      'is a list',
      '["https://a.example"]',
      'is no address: it must be one such as https://ntfy.example.org/topic',
    ],
    [
      'has no scheme',
      'ntfy.example.org/topic',
      'is no address: it must be one such as https://ntfy.example.org/topic',
    ],
    [
      'has another scheme',
      'ftp://example.org/topic',
      'begins with ftp:, but must begin with https:',
    ],
    ['is code', 'javascript:alert(1)', 'begins with javascript:, but must begin with https:'],
    ['has a space', 'https://example.org/a b', 'has a space or a line break in it'],
    ['is too long', `https://example.org/${'x'.repeat(2048)}`, 'is longer than 2048 characters'],
    [
      'leads nowhere else',
      'http://localhost:8080/',
      "leads to the watcher's own container: it must be an address that the server reaches",
    ],
    [
      'leads nowhere else, by address',
      'http://127.1/',
      "leads to the watcher's own container: it must be an address that the server reaches",
    ],
  ] as const)
    it(`refuses an address that ${what}, with the mend and without the value`, () => {
      assert.deepEqual(parse({ alertUrl: value }).problems, [`alertUrl ${rule}; ${mended}`]);
      assert.deepEqual(parse({ heartbeatUrl: value }).problems, [
        `heartbeatUrl ${rule}; ${mended}`.replaceAll('alertUrl', 'heartbeatUrl'),
      ]);
    });

  it('refuses an address in clear text, a format that nobody speaks, a switch that is none', () => {
    assert.deepEqual(parse({ alertUrl }, 'swarm', false).problems, [
      'alertUrl stands in the config in clear text, but must be a secret: whoever knows it can write there, so get ' +
        'another, and set it with: pulumi config set --stack prod --secret alertUrl',
    ]);
    assert.deepEqual(parse({ alertUrl, alertFormat: 'x'.repeat(300) }).problems, [
      `alertFormat is "${'x'.repeat(80)}…", but must be one of json, ntfy, slack, healthchecks; ` +
        'mend it with: pulumi config set --stack prod alertFormat json',
    ]);
    assert.deepEqual(parse({ alertFormat: 'ntfy' }).problems, [
      'alertFormat does nothing without alertUrl; set that with: pulumi config set --stack prod --secret alertUrl, ' +
        'or remove it with: pulumi config rm --stack prod alertFormat',
    ]);
    for (const metrics of ['', 'yes', '1'])
      assert.deepEqual(parse({ metrics }).problems, [
        `metrics is "${metrics}", but must be true or false; ` +
          'mend it with: pulumi config set --stack prod metrics true',
      ]);
  });

  it('is for stacks on Swarm alone', () =>
    assert.deepEqual(parse({ alertUrl, metrics: 'true' }, 'container').problems, [
      'alertUrl is only for swarm stacks: nobody is woken for dev; remove it with: pulumi config rm --stack prod alertUrl',
      'metrics is only for swarm stacks: nobody is woken for dev; remove it with: pulumi config rm --stack prod metrics',
    ]));
});
