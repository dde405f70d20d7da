/** Rows of layers that are summed as they come. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { passingTensors, stretchesOf } from '../../src/program/loops.ts';
import { rowLayersOf } from '../../src/program/row-layers.ts';
import { randomSegmentedNetwork } from './row-cuts.ts';

test('every tensor that a segment never has whole is a layer, one of parts too', () => {
  const random = seededRandom(41);
  let [all, ofParts] = [0, 0];
  for (let n = 0; n < 200; n++) {
    const program = randomSegmentedNetwork(random);
    const layers = rowLayersOf(program);
    for (const stretch of stretchesOf(program)) {
      for (const id of passingTensors(program, stretch)) {
        const writers = program.steps.flatMap(({ kernel, outputs }, step) =>
          outputs.includes(id) && !kernel.startsWith('shift_') ? [step] : [],
        );
        const { name, dtype } = program.tensors[id]!;
        if (dtype !== 'int8') continue;
        assert.ok(
          writers.some((step) => layers.has(step)),
          `network ${n}: ${name}`,
        );
        all++;
        if (writers.some((step) => !layers.has(step))) ofParts++;
      }
    }
  }
  assert.ok(all > 300 && ofParts > 10, `${all} ${ofParts}`);
});
