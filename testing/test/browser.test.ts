import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { ConsoleMessage, Page } from 'playwright-core';
import { isOrdinary, undisturbed } from '../browser';

describe('what the console of a browser says', () => {
  const failed = 'Failed to load resource: ';
  for (const [text, ordinary] of [
    [`${failed}the server responded with a status of 401 (Unauthorized)`, true],
    [`${failed}net::ERR_NETWORK_CHANGED`, true],
    [`${failed}the server responded with a status of 500 (Internal Server Error)`, false],
    [`${failed}net::ERR_CONNECTION_REFUSED`, false],
    ["Refused to load the script because it violates the page's content policy", false],
  ] as const)
    it(`${ordinary ? 'is of no account' : 'counts'}: ${text}`, () =>
      assert.equal(isOrdinary(text), ordinary));
});

describe('a page that is opened while a network comes or goes', () => {
  const changed = 'Failed to load resource: net::ERR_NETWORK_CHANGED';
  const says = (text: string) => ({ text: () => text }) as ConsoleMessage;

  /** @param openings what happens at each: the console says it, or it fails with an error */
  async function opened(...openings: readonly (string | Error | undefined)[]): Promise<number> {
    const page = new EventEmitter();
    let count = 0;
    await undisturbed(page as unknown as Page, async () => {
      const happens = openings[count++];
      if (happens instanceof Error) throw happens;
      if (happens) page.emit('console', says(happens));
    });
    assert.equal(page.listenerCount('console'), 0);
    return count;
  }

  it('is opened once, if nothing was dropped', async () => {
    assert.equal(await opened('something else'), 1);
  });
  it('is opened until nothing was dropped', async () => {
    assert.equal(await opened(changed, new Error(`page.goto: ${changed}`), undefined), 3);
  });
  it('is opened ten times at most, and says why it failed', async () => {
    assert.equal(await opened(...Array(12).fill(changed)), 10);
    await assert.rejects(opened(...Array(12).fill(new Error(changed))), /NETWORK_CHANGED/);
  });
  it('fails at once with any other error', async () => {
    await assert.rejects(opened(new Error('net::ERR_CONNECTION_REFUSED'), undefined), /REFUSED/);
  });
});
