// Files that are whole or not there.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writeWhole } from '../src/disk.js';
import { cleanUp, folder } from './fake.js';

after(cleanUp);

test('several who write one file at once all succeed, and the last one stays', async () => {
  const place = folder();
  const path = join(place, 'session.json');
  const texts = Array.from({ length: 50 }, (_, n) => `{"n":${n}}`);
  await Promise.all(texts.map((text) => writeWhole(path, text)));
  assert.equal(await readFile(path, 'utf8'), texts.at(-1));
  assert.deepEqual(await readdir(place), ['session.json'], 'nothing is left beside it');
});

test('a write that fails is told and does not hold up the next', async () => {
  const path = join(folder(), 'missing', 'session.json');
  await assert.rejects(writeWhole(path, '1'));
  await assert.rejects(writeWhole(path, '2'));
});
