/** What docs/data.md shows is taken, and gives what it says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPreprocess } from '../../src/data/load-preprocess.ts';
import { openDataset } from '../../src/data/open.ts';
import { packageRoot } from '../../src/package-root.ts';
import { collect, fileWriter, valuesOf } from './files.ts';

const write = fileWriter();
const text = readFileSync(join(packageRoot(), 'docs', 'data.md'), 'utf8');
const blocks = (part: string, language: string): readonly string[] =>
  [...part.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1]!);

test('every description of preprocessing is one', async () => {
  const descriptions = blocks(text, 'json');
  assert.ok(descriptions.length >= 4);
  for (const [i, json] of descriptions.entries()) await loadPreprocess(write(`${i}.json`, json));
});

test('the recording makes as many samples as it says, in both layouts', async () => {
  const [, section] = text.split('\n## Recordings\n');
  const csv = write('shown.csv', blocks(section!, 'csv')[0]!);
  const { preprocess } = await loadPreprocess(write('shown.json', blocks(section!, 'json')[0]!));
  const [, count, ...shapes] = /is (\d+) samples of a model whose input is \[(.*)\] or \[(.*)\]/.exec(text)!;
  for (const [i, shape] of shapes.entries()) {
    const inputShapes = [shape.split(', ').map(Number)];
    const dataset = await openDataset(csv, { inputShapes, preprocess });
    assert.equal(dataset.length, Number(count));
    const [first, second] = (await collect(dataset.samples())).map(valuesOf);
    // x and y of the first moment, x of the second; the third moment begins the second window.
    const [a, b, c] = i === 0 ? [0, 4, 1] : [0, 1, 3];
    const near = (value: number, expected: number) =>
      assert.ok(Math.abs(value - expected) < 1e-5, `${value}`);
    near(first![a]!, 0.1 / 0.5);
    near(first![b]!, (9.7 - 9.8) / 0.1);
    near(first![c]!, 0.2 / 0.5);
    near(second![0]!, 0.4 / 0.5);
  }
});
