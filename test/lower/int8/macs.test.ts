/** Multiply-accumulates of a Graph are those of the Program that it becomes: what is said of a model does not depend on where it was counted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../../src/diagnostics/errors.ts';
import { elementCount } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { lower } from '../../../src/lower/lower.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { graphMacs } from '../../../src/passes/graph-macs.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { macsOfSteps } from '../../../src/program/loops.ts';
import { quantizeGraph } from '../../../src/quantize/quantize-graph.ts';
import { ROWS, type Row } from './random-models.ts';

const MODELS = 3;

/** Null where a model has no int8 form. */
async function quantised({ make }: Row, seed: number): Promise<Graph | null> {
  const random = seededRandom(seed);
  const { model, range, step } = make(random);
  const graph = prepareGraph(model, { deadChannels: false });
  const inputs = graph.inputs.map(({ value }) =>
    Float32Array.from(
      { length: elementCount(graph.values.get(value)!.shape) },
      () => range[0] + random() * (range[1] - range[0]),
    ),
  );
  async function* samples() {
    yield { inputs, label: null };
  }
  try {
    const { graph: made } = step === undefined ? await quantizeGraph(graph, samples) : { graph };
    lower(made);
    return made;
  } catch (error) {
    if (error instanceof TinymlError && error.code === 'E_OP') return null;
    throw error;
  }
}

test(`${MODELS} random models of every operator have as many MACs as their Programs`, async () => {
  let [same, some] = [0, 0];
  for (const [k, [op, row]] of [...ROWS].entries()) {
    for (let i = 0; i < MODELS; i++) {
      const graph = await quantised(row, 100 * k + i);
      if (graph === null) continue;
      const [there, here] = [graphMacs(graph), macsOfSteps(lower(graph)).reduce((sum, one) => sum + one, 0)];
      // Rows and columns that padding adds or takes away may be those of a larger image, or a smaller one.
      if (op !== 'ConvTranspose') assert.equal(here, there, `${op}, model ${i}`);
      same++;
      if (there > 0) some++;
    }
  }
  assert.ok(same >= 2 * ROWS.length && some >= 30, `${same} models, ${some} with products`);
});
