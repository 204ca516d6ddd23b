import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import * as tls from 'node:tls';
import { certify } from '../certificate';

const seed = new Uint8Array(32).fill(7);

describe('a certificate', () => {
  const { key, certificate } = certify(seed, 'db');
  const read = new X509Certificate(certificate);

  it('is the same bytes each time, and another with another key or name', () => {
    assert.deepEqual(certify(seed, 'db'), { key, certificate });
    assert.notEqual(certify(new Uint8Array(32).fill(8), 'db').certificate, certificate);
    assert.notEqual(certify(seed, 'other').certificate, certificate);
  });

  it('is for one name and for servers, signs no other, and never ends', () => {
    assert.equal(read.subject, 'CN=db');
    assert.equal(read.checkHost('db'), 'db');
    assert.equal(read.checkHost('db2'), undefined);
    assert.equal(read.ca, false);
    assert.deepEqual(read.keyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.ok(read.verify(read.publicKey));
    assert.ok(read.checkPrivateKey(createPrivateKey(key)));
    assert.match(read.validTo, /9999/);
    assert.match(read.validFrom, /2000/);
  });

  it('lets a client tell its server from another', async () => {
    const connect = async (served: { key: string; certificate: string }, host: string) => {
      const server = tls.createServer(
        { key: served.key, cert: served.certificate, minVersion: 'TLSv1.3' },
        (socket) => socket.end('hello'),
      );
      server.on('tlsClientError', () => {});
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const client = tls.connect({ port, host: '127.0.0.1', servername: host, ca: certificate });
      try {
        await once(client, 'secureConnect');
        return 'accepted';
      } catch (error) {
        return String((error as NodeJS.ErrnoException).code);
      } finally {
        client.destroy();
        server.close();
      }
    };
    assert.equal(await connect({ key, certificate }, 'db'), 'accepted');
    assert.equal(await connect({ key, certificate }, 'other'), 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(
      await connect(certify(new Uint8Array(32).fill(8), 'db'), 'db'),
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    );
  });
});
