import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { safetyText, waitForRollout } from '../restore';

/** What the engine answers, one after the other; the last one for ever. */
function states(...answers: string[]) {
  const asked: string[] = [];
  return {
    asked,
    next: async () => {
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? '';
      asked.push(answer);
      return answer;
    },
  };
}

describe('a restore', () => {
  it('waits for a release that rolls out, or back', async () => {
    const rolling = states('updating', 'rollback_started', 'rollback_completed');
    await waitForRollout(rolling.next);
    assert.deepEqual(rolling.asked, ['updating', 'rollback_started', 'rollback_completed']);
  });

  it('waits for nothing else', async () => {
    for (const state of ['', 'completed', 'paused', 'rollback_paused', 'rollback_completed']) {
      const still = states(state);
      await waitForRollout(still.next);
      assert.equal(still.asked.length, 1, state);
    }
  });

  it('does not wait for ever', async () => {
    await assert.rejects(waitForRollout(states('updating').next, 1), {
      name: 'Problem',
      message: /did not come to an end within 1 s/,
    });
  });

  it('tells what became of the data before', () => {
    const name = 'timetracker-2026-11-24T030000Z.dump';
    assert.equal(
      safetyText({ name, lacks: [] }),
      `What was there before is in ${name}: npm run restore -- ${name}`,
    );
    assert.match(
      safetyText({ name, lacks: ['table entries, which is missing'] }),
      /could be read .* without table entries, which is missing\. .*pg_restore/,
    );
    assert.equal(safetyText(undefined), 'What was there before was not backed up.');
  });
});
