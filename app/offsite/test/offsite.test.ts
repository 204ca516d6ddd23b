// The copy off the server on real parts: PostgreSQL, restic, an S3 server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { S3Server } from '../../../testing/s3';
import { Copied, until, type Way, Writer } from './copy';

describe('the copy at an S3 server', () => {
  const copied = new Copied('debian');
  let s3: S3Server;
  let way: Way;
  before(async () => {
    s3 = await S3Server.start(copied.host);
    way = {
      environment: { TARGET: s3.target },
      files: {
        backup_access_key: s3.accessKey,
        backup_secret_key: s3.secretKey,
        backup_root_certificate: s3.rootCertificate,
      },
    };
    await copied.startDatabase();
    copied.begin(way);
  });
  after(async () => {
    copied.remove();
    await s3?.remove();
  });

  it('begins with a base, and is proven from the target', async () => {
    await copied.untilBase();
    await until('it is proven', () => copied.fact('proof') !== undefined);
    assert.match(copied.fact('proof') ?? '', /^\d+ 2000$/);
    assert.equal(copied.run('health').code, 0);
    assert.match(copied.must('list'), /^\d+ \d+ \d+ \d+$/);
  });
});
