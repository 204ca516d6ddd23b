import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { selfSign } from '../../testing/acme';
import { formatCopy, listOf, parseCopy } from '../certificate-copy';

describe('a copy of the certificates', () => {
  const place = 'certificates/ca.example-dir/hours.example.org/hours.example.org';
  let files: Map<string, Buffer>;
  let until: string;
  before(async () => {
    const { key, certificate } = await selfSign('DNS:hours.example.org');
    files = new Map([
      [`${place}.crt`, Buffer.from(certificate)],
      [`${place}.key`, Buffer.from(key)],
      ['acme/ca.example-dir/users/default/default.json', Buffer.from('{}')],
    ]);
    until = /until (\S+)/.exec(listOf(files))?.[1] ?? '';
  });
  const refused = (text: string, why: string) =>
    assert.throws(() => parseCopy(text, 'c.json'), {
      name: 'Problem',
      message: `c.json ${why}. One is made with: npm run certificate -- save <file>`,
    });
  /** With other files in place of its own, or beside them. */
  const withFiles = (others: object) => {
    const copy = JSON.parse(formatCopy(files)) as { files: object };
    return JSON.stringify({ ...copy, files: { ...copy.files, ...others } });
  };

  it('comes back as it was, and is told by name and end', () => {
    assert.deepEqual(parseCopy(formatCopy(files), 'c.json'), files);
    assert.match(until, /^20\d\d-\d\d-\d\d$/);
    assert.equal(listOf(files), `hours.example.org  until ${until}\n`);
  });

  it('is refused when it is something else, or not whole', () => {
    refused('', 'is no copy of certificates, or not all of one');
    refused(formatCopy(files).slice(0, 300), 'is no copy of certificates, or not all of one');
    refused('null', 'is no copy of certificates');
    refused('{"files":{}}', 'is no copy of certificates');
    refused('{"format":"timetracker-certificates"}', 'has no files');
    refused('{"format":"timetracker-certificates","files":{}}', 'has no certificate with its key');
    const { [`${place}.key`]: key, ...rest } = Object.fromEntries(files);
    assert.ok(key);
    refused(formatCopy(new Map(Object.entries(rest))), 'has no certificate with its key');
  });

  it('is refused when it would write elsewhere, or too much', () => {
    for (const path of [
      '../etc/passwd',
      'certificates/../../etc/passwd',
      '/etc/passwd',
      'certificates',
      'certificates/a b',
      'certificates/a\nb',
      "certificates/a';reboot'",
      'locks/x',
      'certificates/a/b/c/d/e/f/g/h',
    ])
      refused(
        withFiles({ [path]: 'AAAA' }),
        `names a file that no edge has: ${JSON.stringify(path)}`,
      );
    refused(withFiles({ 'acme/x': 5 }), 'has something else than a file at acme/x');
    refused(withFiles({ 'acme/x': 'a b' }), 'has something else than a file at acme/x');
    const large = Buffer.alloc(65_537).toString('base64');
    refused(withFiles({ 'acme/x': large }), 'has a file of 65537 bytes at acme/x');
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`acme/${at}`, '']));
    refused(withFiles(many), 'has more than 2000 files');
  });
});
