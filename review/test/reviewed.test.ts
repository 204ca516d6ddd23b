import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectName, stackName } from '../../host/stack';
import { fingerprint, type Parts, planParts } from '../fingerprint';
import { ageOf, lastUpdate, livePlan, statePart, workingTree } from '../live';
import { findReviewed, keepReview, otherwiseLines, refusalOf } from '../reviewed';
import { Repository } from './changes';
import { plan, resource } from './plans';

const zero = '0000000000';
const env = (after: string) =>
  plan([
    resource('service', 'backend', 'update', {
      changes: [{ path: 'taskSpec.containerSpec.env.A', before: '1', after }],
    }),
  ]);
const parts = (of: ReturnType<typeof plan>, more: Partial<Parts> = {}): Parts => ({
  base: zero,
  head: zero,
  config: zero,
  state: zero,
  ...planParts(of),
  ...more,
});

describe('what was reviewed', () => {
  const reviewed = { kind: 'live', parts: parts(env('2')), plan: env('2') } as const;

  it('is carried out, where nothing is another; the base is only what it was compared with', () => {
    assert.equal(refusalOf(reviewed, { parts: parts(env('2')), plan: env('2') }), undefined);
    assert.equal(
      refusalOf(reviewed, { parts: parts(env('2'), { base: '1111111111' }), plan: env('2') }),
      undefined,
    );
  });

  it('is refused where it is another, and what differs is said', () =>
    assert.equal(
      refusalOf(reviewed, { parts: parts(env('3'), { state: '1111111111' }), plan: env('3') }),
      [
        'Nothing was done: this is not what was reviewed. What differs:',
        "  - the stack's state: somebody released, or changed it, since",
        '  - the values that change',
        'Reviewed, and not planned now:',
        '+   taskSpec.containerSpec.env.A: 2',
        'Planned now, and not reviewed:',
        '+   taskSpec.containerSpec.env.A: 3',
        'Review it again, with: npm run review -- --live',
      ].join('\n'),
    ));

  it('on paper says nothing of state and values', () => {
    const onPaper = { ...reviewed, kind: 'paper' } as const;
    const now = { parts: parts(env('3'), { state: '1111111111' }), plan: env('3') };
    assert.equal(refusalOf(onPaper, now), undefined);
    for (const part of ['head', 'config'] as const)
      assert.match(
        refusalOf(onPaper, { ...now, parts: { ...now.parts, [part]: '1111111111' } }) ?? '',
        /^Nothing was done/,
      );
    assert.match(
      refusalOf(onPaper, { parts: parts(plan([])), plan: plan([]) }) ?? '',
      /what is done, to which resources/,
    );
  });

  describe('is found', () => {
    let folder: string;
    const said = fingerprint('live', parts(env('2')));
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'timetracker-reviewed-'));
      mkdirSync(join(folder, '.state/reviews'), { recursive: true });
      const one = { stack: 'prod', outcome: 'safe', fingerprint: said, plan: env('2') };
      writeFileSync(join(folder, `.state/reviews/${said}.json`), JSON.stringify(one));
      writeFileSync(join(folder, 'review.json'), JSON.stringify({ stacks: [one] }));
      writeFileSync(join(folder, 'other.json'), '{');
    });
    after(() => rmSync(folder, { recursive: true }));

    it('by its fingerprint, or in its file', () => {
      const expected = { kind: 'live', parts: parts(env('2')), plan: env('2') };
      assert.deepEqual(findReviewed(said, 'prod', folder), expected);
      assert.deepEqual(findReviewed(join(folder, 'review.json'), 'prod', folder), expected);
    });

    it('without the review itself, where that is on another machine', () =>
      assert.deepEqual(findReviewed(said, 'prod', '/nonexistent'), {
        kind: 'live',
        parts: parts(env('2')),
      }));

    it('or refused', () => {
      assert.throws(() => findReviewed('../../etc/no-review-', 'prod', folder), {
        message:
          '"../../etc/no-review-" is neither a fingerprint of a review nor its review.json: `npm run review -- --live --stack prod` shows one.',
      });
      for (const [file, stack] of [
        ['review.json', 'dev'],
        ['other.json', 'prod'],
      ] as const)
        assert.throws(() => findReviewed(join(folder, file), stack, folder), {
          message: `${join(folder, file)} is no review of stack ${stack} that could be planned.`,
        });
    });
  });
});

describe('the reviews that are kept', () => {
  it('are the newest fifty', () => {
    const folder = mkdtempSync(join(tmpdir(), 'timetracker-reviewed-'));
    try {
      const kept = join(folder, '.state/reviews');
      mkdirSync(kept, { recursive: true });
      for (let age = 0; age < 60; age++) {
        writeFileSync(join(kept, `${age}.json`), '{}');
        const then = Date.now() / 1000 - 60 * (age + 1);
        utimesSync(join(kept, `${age}.json`), then, then);
      }
      const said = fingerprint('live', parts(env('2')));
      const one = { stack: 'prod', outcome: 'safe', fingerprint: said, plan: env('2') } as const;
      const failed = {
        stack: 'dev',
        outcome: 'failed',
        why: '',
        title: '',
        kind: 'paper',
      } as const;
      const commit = { ref: 'main', commit: zero };
      keepReview(
        {
          version: 1,
          outcome: 'failed',
          base: commit,
          head: commit,
          notes: [],
          stacks: [{ ...one, kind: 'live', title: '', findings: [] }, failed],
        },
        folder,
      );
      const newest = Array.from({ length: 49 }, (_, age) => `${age}.json`);
      assert.deepEqual(readdirSync(kept).sort(), [...newest, `${said}.json`].sort());
      assert.deepEqual(findReviewed(said, 'prod', folder).plan, env('2'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a live plan', () => {
  it("asks Pulumi for the stack as it was said, or another organization's would be reached", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'timetracker-reviewed-'));
    try {
      const answers = `case "$1 $2" in "stack history") echo '[]' ;; *) echo '{}' ;; esac`;
      writeFileSync(
        join(folder, 'pulumi'),
        `#!/bin/sh\necho "$*" >> "$(dirname "$0")/asked"\n${answers}\n`,
        { mode: 0o755 },
      );
      const stack = stackName(`ours/${projectName}/dev`);
      const plan = await livePlan(stack, { cli: folder, refresh: false });
      assert.ok('plan' in plan, JSON.stringify(plan));
      const asked = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
      assert.equal(asked.length, 3);
      for (const words of asked) assert.match(words, / --stack ours\/timetracker\/dev /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('live and on paper', () => {
  it('differ by what the server has otherwise', () =>
    assert.deepEqual(
      otherwiseLines(
        plan([resource('service', 'a', 'update'), resource('service', 'b', 'update')]),
        plan([resource('service', 'b', 'update'), resource('service', 'c', 'create')]),
      ),
      ['- update service a', '+ create service c'],
    ));
});

describe('a state', () => {
  it('is named by what it holds, not by when it was written', () => {
    const one = { urn: 'u', id: '1', inputs: { a: 1 }, modified: 'now' };
    const part = statePart([one]);
    assert.equal(statePart([{ ...one, modified: 'later' } as typeof one]), part);
    assert.notEqual(statePart([{ ...one, id: '2' }]), part);
    assert.notEqual(statePart([{ ...one, inputs: { a: 2 } }]), part);
    assert.notEqual(statePart([]), part);
  });

  it('has a version and an age', () => {
    const now = new Date('2026-11-26T12:00:00Z');
    assert.deepEqual(
      lastUpdate('[{"version":7,"endTime":"2026-11-26T01:00:00.000Z"}]', now, 'abc'),
      {
        version: '7',
        changed: '2026-11-26 01:00 UTC, 11 h ago',
      },
    );
    assert.equal(
      lastUpdate('[{"version":0,"endTime":"2026-11-26T01:00:00.000Z"}]', now, 'abc')?.version,
      'abc',
    );
    assert.equal(lastUpdate('[]', now, 'abc'), undefined);
    assert.equal(ageOf(new Date('2026-11-26T11:00:00Z'), now), '60 min');
    assert.equal(ageOf(new Date('2026-11-20T12:00:00Z'), now), '6 days');
  });
});

describe('the tree of all that is here', () => {
  it('is that of a commit of it, and makes none', async () => {
    const repository = Repository.empty({ a: '1', '.gitignore': 'ignored\n' });
    try {
      assert.equal(await workingTree(repository.folder), repository.tree());
      repository.write('b', '2');
      repository.write('ignored', '3');
      const tree = await workingTree(repository.folder);
      assert.equal(repository.git('status', '--porcelain'), '?? b');
      repository.commit('b');
      assert.equal(tree, repository.tree());
    } finally {
      repository.remove();
    }
  });
});
