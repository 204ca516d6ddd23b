import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, type Focus, type KeyPress, shortcuts } from '../src/lib/keys.ts';

const press = (key: string, change: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...change,
});

test('each key has a command of its own', () => {
  for (const [key, { command }] of Object.entries(shortcuts)) {
    assert.equal(commandOf(press(key), 'none'), command);
  }
  const commands = Object.values(shortcuts).map(({ command }) => command);
  assert.equal(new Set(commands).size, commands.length);
});

test('nothing is a command in a field, nor with a modifier', () => {
  for (const key of Object.keys(shortcuts)) assert.equal(commandOf(press(key), 'field'), undefined);
  for (const modifier of ['ctrlKey', 'metaKey', 'altKey']) {
    assert.equal(commandOf(press('n', { [modifier]: true }), 'none'), undefined);
  }
});

test('arrows, Enter and Backspace are for an entry that has the focus', () => {
  const of = (key: string, focus: Focus) => commandOf(press(key), focus);
  assert.equal(of('ArrowDown', 'entry'), 'next');
  assert.equal(of('ArrowDown', 'none'), undefined, 'it scrolls');
  assert.equal(of('Enter', 'entry'), 'edit');
  assert.equal(of('Enter', 'control'), undefined, 'it presses the button');
  assert.equal(of('Backspace', 'entry'), 'delete');
  assert.equal(of('Backspace', 'none'), undefined);
});

test('a key held down moves, but does not delete or start over and over', () => {
  assert.equal(commandOf(press('j', { repeat: true }), 'entry'), 'next');
  assert.equal(commandOf(press('s', { repeat: true }), 'none'), undefined);
  assert.equal(commandOf(press('Delete', { repeat: true }), 'entry'), undefined);
});
