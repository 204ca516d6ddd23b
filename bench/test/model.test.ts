import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { type Costs, capacityOf, costed, peopleRows, shapeRows } from '../growth/model';
import type { Section } from '../report/page';

const costs: Costs = { edge: 0.5, frontend: 0.2, backend: 1.2, db: 0.6, host: 0.5 };

describe('the model of what a stack answers', () => {
  it('bends where there is no more of something', () => {
    const of = (servers: number, cores: number, backends: number, caller = 0) => {
      const { each, bend } = capacityOf(costs, { servers, cores, backends, caller });
      return [Math.round(each), bend];
    };
    assert.deepEqual(of(1, 2, 2), [667, 'cores']);
    // Who asks from the same machine takes of it, too.
    assert.deepEqual(of(1, 2, 2, 1), [500, 'cores']);
    assert.deepEqual(of(3, 2, 1), [1000, 'backends']);
    assert.deepEqual(of(9, 2, 9), [3333, 'database']);
  });

  it('is what docs/scale.md says, by the figures of docs/bench.md', () => {
    const read = (file: string) => readFileSync(join(projectRoot, 'docs', file), 'utf8');
    const sections = JSON.parse(read('bench/figures.json')) as Section[];
    const capacity = sections.find(({ name }) => name === 'capacity');
    const [, ...cells] = capacity?.rows.find(([backends]) => backends === '2') ?? [];
    const measured = Object.fromEntries(
      costed.map((what, column) => [what, Number.parseFloat(cells[column] ?? '')]),
    ) as unknown as Costs;
    const page = read('scale.md');
    for (const row of [...shapeRows(measured), ...peopleRows(measured)]) {
      const line = `| ${row.join(' | ')} |`;
      assert.ok(page.includes(line), `docs/scale.md lacks: ${line}`);
    }
  });
});
