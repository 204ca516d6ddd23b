import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint, planParts } from '../fingerprint';
import { page } from '../page';
import type { Plan, Resource } from '../plan';
import { exitCodes, outcomeOf, type PlannedStack, type Review } from '../review';
import { markdown, mostCharacters, unmade } from '../text';
import { isDangerous, verdictOf } from '../verdict';
import { noConfigFacts, noFacts, plan, resource } from './plans';

const zero = '0000000000';

function stack(name: string, of: Plan, more: Partial<PlannedStack> = {}): PlannedStack {
  const verdict = verdictOf(of, noFacts, noConfigFacts);
  const outcome = of.resources.every(({ operation }) => operation === 'same')
    ? 'nothing'
    : isDangerous(verdict)
      ? 'danger'
      : 'safe';
  const parts = { base: zero, head: zero, config: zero, state: zero, ...planParts(of) };
  return {
    stack: name,
    kind: 'paper',
    outcome,
    title: verdict.title,
    findings: verdict.findings,
    plan: of,
    fingerprint: fingerprint('paper', { ...parts, operations: zero, values: zero }),
    ...more,
  };
}

function review(stacks: Review['stacks'], more: Partial<Review> = {}): Review {
  return {
    version: 1,
    outcome: outcomeOf(stacks),
    base: { ref: 'main', commit: '1'.repeat(40) },
    head: { ref: 'change', commit: '2'.repeat(40) },
    notes: [],
    stacks,
    ...more,
  };
}

const rolls = plan([
  resource('service', 'backend', 'update', {
    changes: [{ path: 'taskSpec.containerSpec.env.LOG_LEVEL', before: 'info', after: 'debug' }],
    source: { file: 'infra/backend.ts', line: 22 },
    uses: ['database-network'],
  }),
  resource('network', 'database-network', 'same'),
]);

describe('the text of a review', () => {
  it('is one line, where nothing changes', () =>
    assert.equal(
      markdown(review([stack('dev', plan([])), stack('prod', plan([]))])),
      '⚪ Nothing changes for `dev`, `prod` (`main` 1111111111 → `change` 2222222222).\n',
    ));

  it('begins with the verdict, then says what happens, a table, a picture, the plan', () =>
    assert.equal(
      markdown(review([stack('prod', rolls)], { sources: 'https://forge.example/o/r/blob/2' })),
      [
        '<sub>`main` 1111111111 → `change` 2222222222</sub>',
        '',
        '## 🟢 `prod`: 1 service rolls, nothing is lost',
        '',
        `<sub>on paper: against a stack that runs the base · fingerprint \`paper-${Array(6).fill(zero).join('-')}\`</sub>`,
        '',
        '- ⚪ The backend rolls: each new task is healthy before an old one stops; nobody notices. <sub>`env.LOG_LEVEL`: `info` → `debug` ([`infra/backend.ts:22`](https://forge.example/o/r/blob/2/infra/backend.ts#L22))</sub>',
        '',
        '| | resource | what changes |',
        '| --- | --- | --- |',
        '| changed | service `backend` [`infra/backend.ts:22`](https://forge.example/o/r/blob/2/infra/backend.ts#L22) | `env.LOG_LEVEL`: `info` → `debug` |',
        '',
        '1 resource stays as it is.',
        '',
        '<details><summary>Picture</summary>',
        '',
        '```mermaid',
        'flowchart LR',
        '  r0["backend"]:::update',
        '  r1(("database-network")):::same',
        '  r0 --- r1',
        '  classDef same fill:#eee,stroke:#999,color:#333',
        '  classDef create fill:#dfd,stroke:#080,color:#040',
        '  classDef update fill:#ffd,stroke:#aa0,color:#440',
        '  classDef replace fill:#fda,stroke:#c60,color:#630',
        '  classDef delete fill:#fcc,stroke:#c00,color:#600',
        '```',
        '',
        '</details>',
        '',
        '<details><summary>The whole plan</summary>',
        '',
        '```diff',
        '! update service backend',
        '-   taskSpec.containerSpec.env.LOG_LEVEL: info',
        '+   taskSpec.containerSpec.env.LOG_LEVEL: debug',
        '```',
        '',
        '</details>',
        '',
      ].join('\n'),
    ));

  it('says why there is no plan, in the same layout', () => {
    const failed = review([
      {
        stack: 'prod',
        kind: 'paper',
        outcome: 'failed',
        title: 'no plan: the program of this change fails',
        why: 'TSError\n```\n# @all',
      },
    ]);
    assert.equal(exitCodes[failed.outcome], 1);
    assert.equal(
      markdown(failed),
      [
        '<sub>`main` 1111111111 → `change` 2222222222</sub>',
        '',
        '## 🔴 `prod`: no plan: the program of this change fails',
        '',
        '````',
        'TSError',
        '```',
        '# @all',
        '````',
        '',
      ].join('\n'),
    );
    assert.equal(
      markdown(unmade('This clone has no commit "x".', { base: 'x' })),
      '## 🔴 There is no review\n\n```\nThis clone has no commit "x".\n```\n',
    );
  });

  it('of a live plan says of which state, and what the server has otherwise', () => {
    const text = markdown(
      review([
        stack('prod', rolls, {
          kind: 'live',
          state: { version: '7', changed: '2026-11-25 10:00 UTC, 2 h ago' },
          otherwise: ['+ update service edge'],
        }),
      ]),
    );
    assert.match(
      text,
      /<sub>live: against version 7 of the state, of `2026-11-25 10:00 UTC, 2 h ago`/,
    );
    assert.match(
      text,
      /\*\*The server is not what the base says\*\*[^\n]*\n\n```diff\n\+ update service edge\n```/,
    );
  });
});

const hostile = '`@all` **x** [y](javascript:z) <script>alert(1)</script> | ``` \n# title \u202e';

describe('whatever stands in a plan', () => {
  const of = plan([
    resource('service', hostile, 'replace', {
      causes: [hostile],
      changes: [{ path: hostile, before: hostile, after: `${hostile}2` }],
      uses: [hostile],
    }),
    resource('volume', hostile, 'delete'),
  ]);
  const one = review([stack(hostile, of)], {
    base: { ref: hostile, commit: '1'.repeat(40) },
    head: { ref: hostile, commit: '2'.repeat(40) },
    notes: [[{ foreign: hostile }, ' lacks commits.']],
  });

  it('is only ever inside code in Markdown', () => {
    let text = markdown(one);
    // Blocks first, then spans, as a renderer reads them.
    text = text.replace(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, 'BLOCK');
    assert.equal(text.match(/BLOCK/g)?.length, 2);
    text = text.replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, 'CODE');
    for (const sign of ['@', '<script', '**x', '](', '`', '\u202e', '# title'])
      assert.ok(!text.includes(sign), `${sign} in:\n${text}`);
    // Four bars in each row of the table.
    for (const row of text.split('\n').filter((line) => line.startsWith('|')))
      assert.equal(row.split('|').length, 5, row);
  });

  it('is only ever text in HTML', () => {
    const text = page(one);
    assert.ok(!/<script|<img|<a |javascript:[^z]|\u202e/.test(text));
    const tags = new Set([...text.matchAll(/<\/?([a-z0-9!]+)/g)].map(([, tag]) => tag));
    for (const tag of tags)
      assert.match(
        tag ?? '',
        /^(!doctype|html|head|meta|title|style|body|h1|h2|p|code|section|small|ul|li|br|table|tr|th|td|div|details|summary|pre)$/,
      );
  });
});

describe('a huge plan', () => {
  const many = (count: number, make: (index: number) => Resource) =>
    plan(Array.from({ length: count }, (_, index) => make(index)));
  const long = 'x'.repeat(300);

  it('of 500 resources fits, and says what is left out', () => {
    const of = many(500, (index) =>
      resource('service', `backend${index}`, 'update', {
        changes: Array.from({ length: 20 }, (_, n) => ({
          path: `labels.${n}`,
          before: long,
          after: `${long}2`,
        })),
      }),
    );
    const text = markdown(review([stack('dev', of), stack('prod', of)]));
    assert.ok(text.length <= mostCharacters, String(text.length));
  });

  it('never leaves out what is lost', () => {
    const of = plan([
      ...many(3000, (index) => resource('secret', `s${index}-${long}`, 'create')).resources,
      ...many(40, (index) => resource('volume', `v${index}-${long}`, 'delete')).resources,
    ]);
    const text = markdown(review([stack('dev', of), stack('prod', of)]));
    assert.ok(text.length <= mostCharacters, String(text.length));
    for (let index = 0; index < 40; index++)
      assert.equal(text.match(new RegExp(`🔴[^\\n]*v${index}-x`, 'g'))?.length, 2, String(index));
    assert.match(text, /more rows are left out here/);
  });

  it('of what is lost is a line each, and then counted', () => {
    const of = many(2000, (index) => resource('volume', `v${index}-${long}`, 'delete'));
    const text = markdown(review([stack('prod', of)]));
    assert.ok(text.length <= mostCharacters, String(text.length));
    const lines = text.match(/^- 🔴 /gm)?.length ?? 0;
    assert.ok(lines > 400, String(lines));
    assert.match(text, new RegExp(`\\*\\*and ${2000 - lines} more that are lost or down\\*\\*`));
  });
});
