import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run, tryRun } from '../programs';

describe('running programs', () => {
  it('gives what they print, and their last lines when they fail', async () => {
    assert.equal(await run('sh', ['-c', 'cat; echo noise >&2'], { input: 'in' }), 'in');
    await assert.rejects(
      run('sh', ['-c', 'seq 30; echo the reason >&2; exit 3']),
      (error: Error) => {
        assert.equal(error.name, 'Problem');
        assert.match(error.message, /^sh -c seq 30; .* failed:\n( {2}.+\n){14} {2}the reason$/);
        return true;
      },
    );
  });

  it('runs many side by side without a word of its own', async () => {
    const warned: string[] = [];
    const listen = ({ message }: Error) => warned.push(message);
    process.on('warning', listen);
    await Promise.all(Array.from({ length: 20 }, () => run('sh', ['-c', 'sleep 0.2'])));
    process.off('warning', listen);
    assert.deepEqual(warned, []);
  });

  it('says so when there is no such program', async () => {
    const result = await tryRun('no-such-program', []);
    assert.equal(result.ok, false);
    assert.match(result.output, /no-such-program: No such file/);
  });
});
