import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { homeAmong } from '../nodes';

const node = (Hostname: string, Self: boolean, Availability = 'Active', Status = 'Ready') =>
  JSON.stringify({ ID: `${Hostname}-id`, Hostname, Self, Availability, Status });
const listed = (...nodes: string[]) => `${nodes.join('\n')}\n`;

describe('the node that a stack stays on', () => {
  it('is nobody’s matter on a Swarm of one', () => {
    assert.equal(homeAmong(listed(node('one', true))), undefined);
  });

  it('is the one that builds its images, where others could get its tasks', () => {
    assert.deepEqual(
      homeAmong(listed(node('two', false), node('one', true), node('three', false))),
      {
        id: 'one-id',
        notice:
          'The Swarm has 3 nodes that take tasks (one, two, three), and this stack stays on one: its images are built ' +
          'there, and its data is there.',
      },
    );
  });

  it('may be any where the others take no tasks', () => {
    assert.equal(homeAmong(listed(node('one', true), node('two', false, 'Drain'))), undefined);
  });

  it('stays while another is away for a moment', () => {
    assert.equal(
      homeAmong(listed(node('one', true), node('two', false, 'Active', 'Down')))?.id,
      'one-id',
    );
  });

  it('is not guessed, if the engine says nothing', () => {
    assert.equal(homeAmong(''), undefined);
  });
});
