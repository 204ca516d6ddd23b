import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../src/api/client.ts';
import { type Choice, changed, conflict, differences, guarded } from '../src/state/conflict.ts';

interface Thing {
  name: string;
  color: string;
  version: string;
}
type Values = Omit<Thing, 'version'>;

/** A server that has one thing, and changes only the version that is asked for. */
function createServer(there: Thing) {
  const sent: Partial<Values>[] = [];
  return {
    sent,
    there: () => there,
    async send(change: Partial<Values>, over: Thing): Promise<Thing> {
      sent.push(change);
      if (over.version !== there.version) {
        throw new ApiError(412, { title: 'Precondition Failed', status: 412, current: there });
      }
      there = { ...there, ...change, version: `${there.version}+` };
      return there;
    },
  };
}

const save = (server: ReturnType<typeof createServer>, base: Thing, change: Partial<Values>) =>
  guarded<Thing, Values>({
    what: 'The thing',
    base,
    valuesOf: ({ name, color }) => ({ name, color }),
    change,
    textsOf: ({ name, color }) => ({ Name: name, Color: color }),
    send: server.send,
  });

/** Answers the next question, and gives what was asked. */
async function answer(choice: Choice | undefined) {
  while (!conflict.value) await new Promise((resolve) => setTimeout(resolve, 1));
  const { differences, answer } = conflict.value;
  answer(choice);
  return differences;
}

const base: Thing = { name: 'a', color: 'red', version: '1' };
const theirs: Thing = { name: 'b', color: 'red', version: '2' };

test('only what is changed is sent, and nothing at all if nothing is', async () => {
  const server = createServer(base);
  assert.equal((await save(server, base, { name: 'a', color: 'blue' })).color, 'blue');
  assert.deepEqual(server.sent, [{ color: 'blue' }]);
  assert.equal(await save(server, base, { name: 'a' }), base);
  assert.equal(server.sent.length, 1);
  assert.deepEqual(changed({ tags: ['x'] }, { tags: ['x'] }), {});
});

test('what was changed meanwhile is shown field by field; one’s own goes over it if one says so', async () => {
  const server = createServer(theirs);
  const saving = save(server, base, { name: 'c' });
  assert.deepEqual(await answer('yours'), [
    { field: 'Name', before: 'a', theirs: 'b', yours: 'c' },
  ]);
  assert.equal((await saving).name, 'c');
  assert.equal(server.there().name, 'c');
});

test('a field of theirs stays if another one is saved over it', async () => {
  const server = createServer(theirs);
  const saving = save(server, base, { color: 'blue' });
  assert.deepEqual(await answer('yours'), [
    { field: 'Name', before: 'a', theirs: 'b', yours: undefined },
    { field: 'Color', before: 'red', theirs: 'red', yours: 'blue' },
  ]);
  assert.deepEqual(await saving, { name: 'b', color: 'blue', version: '2+' });
});

test('theirs is taken, or the person thinks better of it: nothing is written', async () => {
  const server = createServer(theirs);
  const taken = save(server, base, { name: 'c' });
  await answer('theirs');
  assert.equal(await taken, theirs);
  const left = save(server, base, { name: 'c' });
  const rejected = assert.rejects(left, /Not saved/);
  await answer(undefined);
  await rejected;
  assert.equal(server.there(), theirs);
});

test('who wrote the same is not asked', async () => {
  const server = createServer(theirs);
  assert.equal((await save(server, base, { name: 'b' })).name, 'b');
  assert.deepEqual(differences({ a: '1' }, { a: '1' }, { a: '1' }), []);
});
