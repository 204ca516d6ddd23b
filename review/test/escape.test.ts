import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { block, cell, code, cut, html, label } from '../escape';

describe('a foreign text in Markdown', () => {
  for (const [text, span] of [
    ['main', '`main`'],
    ['', '`""`'],
    ['@all [x](http://evil) <img src=x> #1', '`@all [x](http://evil) <img src=x> #1`'],
    ['a`b', '``a`b``'],
    ['`', '`` ` ``'],
    ['a``` b', '````a``` b````'],
    ['one\n\n# two', '`one # two`'],
    ['a\u202eb\u200bc\u0007', '`a\\u{202e}b\\u{200b}c\\u{7}`'],
    ['\ud800x', '`\\u{d800}x`'],
  ] as const)
    it(`is a code span: ${JSON.stringify(text)}`, () => assert.equal(code(text), span));

  it('ends no cell of a table', () => assert.equal(cell('a\\|b|c'), '`a\\¦b¦c`'));

  it('of many lines closes no block', () =>
    assert.equal(block('a\n````\nb\u001b[2J'), '`````\na\n````\nb\\u{1b}[2J\n`````'));

  it('is cut, and that is said', () => assert.equal(cut('abcdef', 4), 'abcd… (2 more characters)'));

  it('is no syntax in a picture', () =>
    assert.equal(label('db"]; click db "javascript:x"'), 'db___ click db _javascript_x_'));
});

describe('a foreign text in HTML', () => {
  it('is no element, no attribute, no entity', () =>
    assert.equal(
      html('<b a="x" b=\'y\'>&amp;'),
      '&#60;b a=&#34;x&#34; b=&#39;y&#39;&#62;&#38;amp;',
    ));
});
