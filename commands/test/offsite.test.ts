import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keysPage } from '../keys';
import { momentText } from '../moment';
import { fetchedText, parseFetched, refusalOf } from '../offsite';

describe('what was fetched from the copy', () => {
  it('is told with its last entry and its last change', () => {
    const fetched = parseFetched(
      'base 1795700000\nchange 1795719500\nentries 48211\nlast 1795719000 call with "A & B"',
    );
    assert.deepEqual(fetched, {
      base: 1795700000,
      change: 1795719500,
      entries: 48_211,
      last: { start: 1795719000, description: 'call with "A & B"' },
    });
    assert.equal(
      fetchedText(fetched),
      `It has 48211 entries. The last entry in it is "call with "A & B"", of ${momentText(1795719000)}. ` +
        `The last change in it is of ${momentText(1795719500)}.`,
    );
  });

  it('may have no entry, no change, and no description', () => {
    const empty = parseFetched('base 1795700000\nchange -\nentries 0');
    assert.equal(fetchedText(empty), 'It has 0 entries. It has no entry.');
    assert.deepEqual(parseFetched('entries 1\nlast 1795719000 ').last, {
      start: 1795719000,
      description: '',
    });
  });

  it("is refused in the tier's own words", () => {
    assert.equal(
      refusalOf(
        'tar: noise\noffsite: fetching\noffsite: the copy begins at 2026-11-25 00:00:00 UTC\n',
      ),
      "The copy off the server can't be used, and nothing was changed: the copy begins at 2026-11-25 00:00:00 UTC",
    );
  });
});

describe('the page of keys', () => {
  const given = [
    { key: 'backupTarget', value: 's3:https://s3.example.org/bucket/hours' },
    { key: 'backupKey', value: 'an example of a key' },
    { key: 'backupSshKey', value: '-----BEGIN\nabc' },
  ];
  it('has all that brings everything back, and says how', () => {
    const page = keysPage('prod', 'the passphrase', given);
    for (const line of [
      'What to keep of stack prod, on paper or in a safe, and not on the server',
      '     the passphrase',
      '     backupTarget     s3:https://s3.example.org/bucket/hours',
      '     backupKey        an example of a key',
      '       abc',
      '  npm run prod -- --recover',
    ])
      assert.ok(page.split('\n').includes(line), line);
    assert.match(keysPage('live', undefined, given), /--recover --stack live$/m);
    assert.match(keysPage('live', undefined, given), /not on this host/);
  });

  it('says that the data dies with the server where there is no copy', () =>
    assert.match(
      keysPage('prod', 'the passphrase', []),
      /There is no copy of the data off the server \(backupTarget\): if the server is gone, so is the data\./,
    ));
});
