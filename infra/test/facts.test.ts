// Facts that must be written in two places say the same in both.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { formats } from '../../app/watch/src/message';
import { defaults, keys } from '../config';
import { baseImages, everyTier, labels, officialImages } from '../names';
import { alertFormats } from '../watching';

const yaml = readFileSync('Pulumi.yaml', 'utf8');
const readme = readFileSync('README.md', 'utf8');

describe('the config', () => {
  it('has the defaults of the program in Pulumi.yaml', () => {
    for (const [key, value] of Object.entries(defaults)) {
      const [, found] =
        new RegExp(`timetracker:${key}:(?:\\n    .*)*?\\n    default: (.*)`).exec(yaml) ?? [];
      assert.equal(found, String(value), key);
    }
  });

  it('has a row for each key in the README, with its default', () => {
    for (const key of keys) {
      const row = readme
        .split('\n')
        .find((line) => line.startsWith('|') && line.split('|')[1]?.includes(`\`${key}`));
      assert.ok(row, `the README's table lacks ${key}`);
      if (key in defaults)
        assert.match(row, new RegExp(`\\| ${defaults[key as keyof typeof defaults]} \\|`), key);
    }
  });
});

describe('the watcher', () => {
  it('writes the formats that the config takes', () => assert.deepEqual(formats, alertFormats));
});

describe('the Dockerfiles', () => {
  const built = everyTier.filter((tier) => {
    try {
      return readFileSync(`app/${tier}/Dockerfile`, 'utf8') !== '';
    } catch {
      return false;
    }
  });
  const text = (tier: string) => readFileSync(`app/${tier}/Dockerfile`, 'utf8');

  for (const tier of built) {
    it(`build on the official images by default: ${tier}`, () => {
      for (const kind of baseImages) {
        const [, found] =
          new RegExp(`^ARG ${kind.toUpperCase()}_IMAGE=(.*)$`, 'm').exec(text(tier)) ?? [];
        if (found) assert.equal(found, officialImages[kind]);
      }
    });

    it(`say what an image was built on: ${tier}`, () =>
      assert.match(text(tier), new RegExp(`^LABEL ${labels.baseImages}=\\$BASE_IMAGES$`, 'm')));
  }
});
