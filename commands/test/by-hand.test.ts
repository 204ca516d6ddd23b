import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labels } from '../../infra/names';
import { byHand, type Inspected, type InspectedService } from '../by-hand';

const names: Record<string, string> = {
  n1: 'tt-prod-database-network',
  n2: 'tt-prod-application-network',
  n3: 'tt-prod-web-network',
  n4: 'tt-prod-entrance-network',
  n5: 'tt-prod-backend-metrics-network',
  n6: 'elsewhere',
  n7: 'tt-prod-backend-database-network',
};
function service(
  tier: string,
  networks: string[],
  change: { image?: string; release?: string; ports?: number[] } = {},
): InspectedService {
  return {
    Spec: {
      Name: `tt-prod-${tier}`,
      Labels: { [labels.release]: '01234567' },
      TaskTemplate: {
        ContainerSpec: {
          Image: change.image ?? `sha256:${tier}`,
          Env: ['PORT=3000', `RELEASE=${change.release ?? '01234567'}`],
        },
        Networks: networks.map((Target) => ({ Target })),
      },
      EndpointSpec: { Ports: (change.ports ?? []).map((PublishedPort) => ({ PublishedPort })) },
    },
  };
}
const inspected = (services: InspectedService[], hasExternalDatabase: boolean): Inspected => ({
  hasExternalDatabase,
  services,
  networks: new Map(Object.entries(names)),
  images: new Map([
    ['backend', ['sha256:backend', 'registry.example.com/tt-prod/backend@sha256:pushed']],
    ['edge', ['sha256:edge']],
  ]),
});
const seen = (...services: InspectedService[]) => byHand('tt-prod', inspected(services, false));

describe('what was changed by hand', () => {
  it('is seen by where the database is', () => {
    const external = (networks: string[]) =>
      byHand('tt-prod', inspected([service('backend', networks)], true));
    assert.deepEqual(external(['n2', 'n7']), []);
    assert.deepEqual(external(['n1', 'n2']), [
      'backend is in the network tt-prod-database-network',
      'backend is not in the network tt-prod-backend-database-network',
    ]);
    assert.deepEqual(seen(service('backend', ['n1', 'n2', 'n7'])), [
      'backend is in the network tt-prod-backend-database-network',
    ]);
  });

  it('is nothing where all is as the program makes it, with metrics and without', () =>
    assert.deepEqual(
      seen(
        service('backend', ['n1', 'n2']),
        service('backend', ['n1', 'n2', 'n5']),
        service('backend', ['n1', 'n2'], {
          image: 'registry.example.com/tt-prod/backend@sha256:pushed',
        }),
        service('edge', ['n3', 'n4'], { ports: [80, 443] }),
        // Its image was removed: the next `up` says so.
        service('backup', ['n1'], { image: 'sha256:gone' }),
      ),
      [],
    ));

  it('is seen in image, network and port', () =>
    assert.deepEqual(
      seen(
        service('backend', ['n1', 'n2'], { image: 'sha256:other' }),
        service('edge', ['n3', 'n4'], { release: '89abcdef' }),
        service('backend', ['n1', 'n3']),
        service('db', ['n1', 'n6'], { ports: [5432] }),
      ),
      [
        'backend runs another image than its release',
        'edge runs another image than its release',
        'backend is in the network tt-prod-web-network',
        'backend is not in the network tt-prod-application-network',
        'db is in the network elsewhere',
        'db publishes port 5432',
      ],
    ));
});
