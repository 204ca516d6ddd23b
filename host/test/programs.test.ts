import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pipe, run, tryRun } from '../programs';

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

  it("leads one's output into another, and says which of them failed", async () => {
    const sh = (script: string) => ['sh', '-c', script] as const;
    const through = await pipe(sh('cat; echo said >&2'), sh('tr a-z A-Z'), 'in');
    assert.deepEqual(through, { said: 'said\n', stdout: 'IN' });
    const large = await pipe(sh('head -c 3000000 /dev/zero'), sh('wc -c'));
    assert.equal(large.stdout.trim(), '3000000');
    const failing = (from: string, to: string) =>
      pipe(sh(from), sh(to)).then(
        () => 'none',
        (error: Error) => error.message,
      );
    assert.match(
      await failing('echo a; echo why >&2; exit 3', 'cat'),
      /^sh -c .* failed:\n {2}why$/,
    );
    // Who takes ends first: it isn't the giver's fault that nobody listens.
    assert.match(
      await failing('echo noise >&2; cat /dev/zero', 'head -c 5; echo full >&2; exit 1'),
      /failed:\n {2}full$/,
    );
    assert.match(await failing('no-such-program', 'cat'), /not found/);
  });
});
