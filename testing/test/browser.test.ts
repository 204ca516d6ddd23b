import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOrdinary } from '../browser';

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
