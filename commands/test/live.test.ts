import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { greeting } from '../dev';
import { type Declared, liveCommands } from '../live';

const declared: Declared = {
  Name: '/timetracker-dev-backend',
  Image: 'sha256:1234',
  Config: { Env: ['PORT=3000', 'JWT_SECRET=a b'], User: 'node', StopTimeout: 10 },
  HostConfig: {
    ReadonlyRootfs: true,
    Tmpfs: { '/tmp': '' },
    CapAdd: null,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges:true'],
    Memory: 1024,
    PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '18080' }] },
  },
  NetworkSettings: { Networks: { 'a-network': {}, 'b-network': {} } },
};

describe('a live container', () => {
  it('is the declared one, with files of this machine and a debugger', () =>
    assert.deepEqual(
      liveCommands('timetracker-dev', declared, {
        alias: 'backend',
        mounts: { '/app/dist': '/here/dist' },
        environment: ['MORE=1'],
        command: ['node', '--watch', 'x.js'],
        ports: [9229],
        network: 'entrance',
      }).map((words) => words.join(' ')),
      [
        'create --name timetracker-dev-backend-live --label timetracker.live=timetracker-dev --init ' +
          '--network a-network --network-alias backend --env PORT=3000 --env JWT_SECRET=a b --env MORE=1 ' +
          '--user node --stop-timeout 10 --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges:true ' +
          '--memory 1024 --publish 127.0.0.1:18080:8080/tcp --publish 127.0.0.1:9229:9229 ' +
          '--mount type=bind,source=/here/dist,target=/app/dist,readonly sha256:1234 node --watch x.js',
        'network connect --alias backend b-network timetracker-dev-backend-live',
        'network connect entrance timetracker-dev-backend-live',
        'start timetracker-dev-backend-live',
      ],
    ));

  it('is told with its address', () =>
    assert.equal(
      greeting(declared),
      'Time tracker: http://127.0.0.1:18080, as app/backend/src and app/frontend/src are saved\n' +
        'Debugger:     127.0.0.1:9229\n' +
        'End it with ^C: the stack is put back as the program declares it.',
    ));
});
