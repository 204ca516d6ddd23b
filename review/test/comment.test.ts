import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Comment, fit, longestText, marked, planComment, timeOf } from '../comment';

const bot = ['review-bot'];
const text = (time: number, words = `text of ${time}`) => marked('review', time, words);
const own = (id: number, time: number): Comment => ({ id, author: 'review-bot', body: text(time) });

describe('the comment of a review', () => {
  it('is made where there is none', () =>
    assert.deepEqual(planComment([], bot, text(5)), { create: text(5), remove: [] }));

  it('is edited where there is one, and left alone where it says the same', () => {
    assert.deepEqual(planComment([own(1, 4)], bot, text(5)), {
      edit: { id: 1, body: text(5) },
      remove: [],
    });
    const kept = { ...own(1, 5), body: `${text(5).replace('\n', '\r\n')}\n` };
    assert.deepEqual(planComment([kept], bot, text(5)), { remove: [] });
  });

  it("is never somebody else's, whatever it says, and nothing of ours that only quotes the marker", () => {
    const others: Comment[] = [
      { id: 1, author: 'mallory', body: text(9) },
      { id: 2, author: 'Review-Bot', body: text(9) },
      { id: 3, author: 'review-bot', body: `> ${text(9)}` },
      { id: 4, author: 'review-bot', body: marked('drift', 9, 'x') },
    ];
    assert.deepEqual(planComment(others, bot, text(5)), { create: text(5), remove: [] });
  });

  it('stays the only one: the oldest is kept, the others go', () =>
    assert.deepEqual(planComment([own(7, 4), own(3, 4), own(5, 4)], bot, text(5)), {
      edit: { id: 3, body: text(5) },
      remove: [5, 7],
    }));

  it('keeps a newer text that another run wrote', () => {
    assert.deepEqual(planComment([own(1, 6)], bot, text(5)), { remove: [] });
    assert.deepEqual(planComment([own(1, 5), own(2, 6)], bot, text(5)), {
      edit: { id: 1, body: text(6) },
      remove: [2],
    });
  });

  it('has no time without a marker of the subject', () => {
    assert.equal(timeOf('review', text(12)), 12);
    assert.equal(timeOf('drift', text(12)), undefined);
    assert.equal(timeOf('review', 'text'), undefined);
  });
});

describe('a text that is too long', () => {
  const head = '## prod: the database volume would be replaced\n\n';
  const folded = (length: number) =>
    `<details><summary>plan</summary>\n\n${'x'.repeat(length)}\n\n</details>\n`;

  it('is left as it is up to the limit', () => {
    const exact = 'x'.repeat(longestText);
    assert.equal(fit(exact), exact);
  });

  it('loses folded parts, the last one first, and says so', () => {
    const short = fit(`${head}${folded(1000)}end\n${folded(70_000)}`);
    assert.ok(short.startsWith(head));
    assert.ok(short.includes('x'.repeat(1000)) && !short.includes('x'.repeat(1001)));
    assert.match(short, /end\n\n\*\*A folded part is cut/);
    assert.match(fit(`${head}${folded(70_000)}${folded(9)}`), /2 folded parts are cut/);
  });

  it('is cut at a line, outside of a fence and of a character', () => {
    for (const body of ['```diff\n', '~~~~\n']) {
      const short = fit(`${head}${body}${'+ a line 😀\n'.repeat(9000)}`);
      assert.ok(short.length <= longestText);
      const [fence = ''] = body.match(/^\W+(?=\w|\n)/) ?? [];
      assert.ok(
        short.includes(`+ a line 😀\n${fence.trim()}\n\n**The end is cut`),
        short.slice(-200),
      );
    }
    const oneLine = fit('😀'.repeat(40_000));
    assert.ok(oneLine.length <= longestText && Buffer.from(oneLine).toString() === oneLine);
  });

  for (const length of [300, 1000, 65_536])
    it(`is never longer than ${length}`, () => {
      for (const body of ['x'.repeat(99_999), folded(40_000).repeat(3), '```\n'.repeat(40_000)])
        assert.ok(fit(body, length).length <= length);
    });
});
