// What a person reads after a mistake, through the real CLI and engine: the cause, the place, the mend, and no stack.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { refused } from '../../testing/result';
import { command, docker, TestStack } from '../../testing/stack';

describe('a mistake', () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.create({ name: 'e2e-bad', orchestrator: 'container' });
  });
  after(() => stack?.remove());

  /** Plans with other values; the next case finds the config as it was. */
  const preview = async (config: Record<string, string>, ...flags: string[]) => {
    const original = readFileSync(stack.configFile);
    try {
      for (const [key, value] of Object.entries(config))
        await stack.mustPulumi('config', 'set', ...flags, key, value);
      return await stack.pulumi(['preview']);
    } finally {
      writeFileSync(stack.configFile, original);
    }
  };
  /** Changes a file for one case; the next case finds it as it was. */
  const withEdit = async (
    file: string,
    change: (text: string) => string,
    use: () => Promise<void>,
  ) => {
    let original = '';
    await stack.edit(file, (text) => {
      original = text;
      return change(text);
    });
    try {
      await use();
    } finally {
      await stack.edit(file, () => original);
    }
  };

  it('in the name of a key', async () => {
    refused(
      await preview({ prot: '8080' }),
      'prot is not a config key of this program',
      `pulumi config rm --stack ${stack.name} timetracker:prot`,
    );
  });

  it('in the namespace of a key', async () => {
    for (const [key, message] of [
      [
        'timetraker:backupsKept',
        'timetraker:backupsKept has no effect: nothing here reads the namespace timetraker; did you mean timetracker:backupsKept?',
      ],
      [
        'dokcer:host',
        'dokcer:host has no effect: nothing here reads the namespace dokcer; did you mean docker:host?',
      ],
      [
        'docker:hots',
        'docker:hots is not a config key of the docker provider; did you mean docker:host?',
      ],
    ] as const) {
      refused(
        await preview({ [key]: '7' }),
        message,
        `pulumi config rm --stack ${stack.name} ${key}`,
      );
    }
  });

  it("in the stack's name", async () => {
    const name = `InfProd${process.pid}`;
    const pulumi = (...args: string[]) =>
      command('pulumi', [...args, '--stack', name], { cwd: stack.folder, env: stack.environment });
    const config = { orchestrator: 'container', port: String(stack.port) };
    await stack.mustPulumi('stack', 'init', name);
    for (const [key, value] of Object.entries(config)) await pulumi('config', 'set', key, value);
    refused(
      await pulumi('preview'),
      `the stack's name, ${name}, must be lower-case letters, digits and dashes`,
      'pulumi stack init <name>',
    );
    await pulumi('stack', 'rm', '--yes');
  });

  it('in a value', async () => {
    for (const port of ['99999', '80a', ''])
      refused(
        await preview({ port }),
        `port is "${port}", but must be a whole number from 1 to 65535`,
        `pulumi config set --stack ${stack.name} port 8080`,
      );
    refused(
      await preview({ 'images.redis': 'redis' }, '--path'),
      'images.redis is not a base image; they are node, nginx, postgres, caddy, registry',
    );
    for (const [image, rule] of [
      ['node', 'must name a tag or a digest'],
      ['node:latest', 'must name a version'],
      ['', 'must be an image reference'],
    ] as const)
      refused(
        await preview({ 'images.node': image }, '--path'),
        `images.node is "${image}", but ${rule}`,
        `pulumi config set --stack ${stack.name} --path images.node node:22-alpine`,
      );
  });

  it('in a secret: missing, or too short, which is not shown', async () => {
    refused(
      await preview({ orchestrator: 'swarm' }),
      `adminPassword is missing; set it, without showing it, with: pulumi config set --stack ${stack.name} --secret adminPassword`,
    );
    const short = await preview(
      { orchestrator: 'swarm', adminPassword: 'shortsecret' },
      '--secret',
    );
    refused(short, 'adminPassword is too short: at least 12 characters');
    assert.ok(!short.output.includes('shortsecret'));
  });

  it('in a secret that is none: in clear text, which is not shown', async () => {
    const clear = await preview(
      { orchestrator: 'swarm', adminPassword: 'written by hand' },
      '--plaintext',
    );
    refused(
      clear,
      'adminPassword stands in the config in clear text, but must be a secret',
      `pulumi config set --stack ${stack.name} --secret adminPassword`,
    );
    assert.ok(!clear.output.includes('written by hand'));
  });

  it('no engine', async () =>
    refused(
      await stack.up({ DOCKER_HOST: 'unix:///nonexistent/docker.sock' }),
      /Docker engine.*unix:\/\/\/nonexistent\/docker\.sock/,
    ));

  it('a passphrase: wrong, or none', async () => {
    // None is the empty one to the launcher, which not every host has: a container stack has nothing to hide.
    for (const [passphrase, message] of [
      ['wrong', /incorrect passphrase/],
      [undefined, /incorrect passphrase|passphrase must be set with PULUMI_CONFIG_PASSPHRASE/],
    ] as const)
      refused(await stack.pulumi(['preview'], { PULUMI_CONFIG_PASSPHRASE: passphrase }), message);
  });

  it('a type error in the program', () =>
    withEdit(
      'infra/index.ts',
      (text) => `${text}\nconst wrong: number = config.orchestrator;\nvoid wrong;\n`,
      async () =>
        refused(
          // As outside the suite, which checks types apart.
          await stack.pulumi(['preview'], { PULUMI_NODEJS_TRANSPILE_ONLY: undefined }),
          /infra\/index\.ts\(\d+,\d+\): error TS2322: Type 'string' is not assignable to type 'number'/,
        ),
    ));

  it('a plan that breaks a guardrail', () =>
    withEdit(
      'infra/database.ts',
      (text) =>
        text.replace(
          /^ *replicas: 1,$/m,
          "publish: [{ name: 'db', protocol: 'tcp', target: 5432, published: 5432 }],\n$&",
        ),
      async () => {
        const messages = [
          `${stack.resource('db')} breaks a guardrail`,
          `only ${stack.resource('frontend')} may publish a port; remove port 5432 from this one`,
        ];
        // As a person runs it: the preview stops it, with nothing made on the engine.
        refused(await stack.pulumi(['up', '--yes']), ...messages);
        const named = ['--quiet', '--filter', `name=${stack.resource('')}`];
        for (const kind of [
          ['ps', '--all'],
          ['network', 'ls'],
          ['volume', 'ls'],
        ])
          assert.equal(await docker(...kind, ...named), '', kind.join(' '));
        // Without one, what does not break a rule may be made already; what does is not.
        refused(await stack.up(), ...messages);
        assert.equal(await docker('ps', '--all', ...named), '');
      },
    ));

  it('a port that is taken, and freed', async () => {
    const listener = net.createServer().listen(stack.port, '127.0.0.1');
    try {
      refused(
        await stack.up(),
        `port is ${stack.port}, which another process holds on this host`,
        `pulumi config set --stack ${stack.name} port ${stack.port + 1}`,
      );
      // Before anything was made.
      assert.equal(await docker('ps', '-aq', '--filter', `name=${stack.resource('')}`), '');
    } finally {
      listener.close();
    }
    await stack.mustUp();
    assert.equal(await stack.health(), 200);
  });

  describe('on a stack that runs', () => {
    before(() => stack.mustUp());

    it('an image that does not build: its last lines, and the old one runs on', () =>
      withEdit(
        'app/backend/Dockerfile',
        // The quotes tell what the build printed from the command, which an error quotes too.
        (text) => `${text}\nRUN echo a 'clear' reason && exit 3\n`,
        async () => {
          refused(
            await stack.up(),
            stack.resource('backend-image'),
            'a clear reason',
            /exit code: 3|returned a non-zero code: 3/,
          );
          assert.equal(await stack.health(), 200);
        },
      ));

    for (const [what, file, fault, says] of [
      [
        'its last log lines',
        'app/backend/src/server.ts',
        "throw new Error('a clear reason');",
        /the last lines of `docker logs \S+`:[\s\S]*Error: a clear reason/,
      ],
      [
        "the failing probe's output",
        'app/backend/src/healthcheck.ts',
        "console.log('a clear', 'reason'); process.exit(3);",
        /the last probe ended with 3:\s+a clear reason/,
      ],
    ] as const)
      it(`a container that never gets healthy: ${what}, and good code heals it`, async () => {
        await withEdit(
          'infra/backend.ts',
          (text) => text.replace('waitSeconds: 120', 'waitSeconds: 8'),
          () =>
            withEdit(
              file,
              (text) => `${fault}\n${text}`,
              async () => {
                const { code, output } = await stack.up();
                assert.notEqual(code, 0, output);
                assert.ok(
                  output.includes(
                    `container failed to be in healthy state: ${stack.resource('backend')}`,
                  ),
                  output,
                );
                assert.match(output, says);
                // The one stack in it is what the container wrote.
                assert.doesNotMatch(output, /^\s+at .*(infra|node_modules)\/.*:\d+:\d+\)?$/m);
              },
            ),
        );
        await stack.mustUp();
        assert.equal(await stack.health(), 200);
      });

    it('a backend without its secrets', async () => {
      const image = `timetracker-${stack.name}/backend:dev`;
      refused(
        await command('docker', ['run', '--rm', '--name', stack.resource('test'), image]),
        /jwt_secret/,
        '/run/secrets/jwt_secret',
        'JWT_SECRET',
      );
    });
  });
});
