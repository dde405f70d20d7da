/** Quantised transformers whose rows can run through several steps at a time. */
import { transformer } from '../../bench/attention/networks.ts';
import { type GraphBuilder, graphBuilder, int, ints } from '../../src/graph/build.ts';
import { int64Tensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { depthFirst } from '../../src/program/depth-first.ts';
import type { MemoryPlan } from '../../src/program/memory-plan.ts';
import { type PlanOptions, planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { randomTensor } from '../passes/helpers.ts';
import { randomSamples, stream } from '../quantize/networks.ts';

/** One layer of a transformer of width 8 with two heads. */
export function smallTransformer(tokens: number): Promise<Program> {
  return loweredOf(prepareGraph(transformer({ tokens, width: 8, heads: 2, hidden: 32 }, 1)));
}

/** Attention of two heads over 10 tokens of width 8, whose queries, keys and values come of one layer, added to its input. */
export function packedAttention(): Promise<Program> {
  const [tokens, width, heads] = [10, 8, 2];
  return loweredOf(
    prepared((b) => {
      const x = b.input('x', [1, tokens, width]);
      const linear = (from: string, outputs: number, name: string): string =>
        b.node(
          'Add',
          [
            b.node('MatMul', [from, b.constant(`${name}_w`, randomTensor([width, outputs], outputs))], {
              name: `${name}_product`,
            }),
            b.constant(`${name}_b`, randomTensor([outputs], 3)),
          ],
          { name },
        );
      const shape = b.constant('shape', int64Tensor([1, tokens, 3, heads, width / heads]));
      const packed = b.node('Reshape', [linear(x, 3 * width, 'packed'), shape], { name: 'split' });
      const turned = b.node('Transpose', [packed], {
        name: 'turned',
        attributes: { perm: ints([2, 0, 3, 1, 4]) },
      });
      const [q, k, v] = [0, 1, 2].map((index) =>
        b.node(
          'Gather',
          [
            turned,
            b.constant(`index${index}`, { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(index)) }),
          ],
          {
            name: `part${index}`,
            attributes: { axis: int(0) },
          },
        ),
      ) as [string, string, string];
      const keys = b.node('Transpose', [k], { name: 'keys', attributes: { perm: ints([0, 1, 3, 2]) } });
      const scores = b.node('Softmax', [b.node('MatMul', [q, keys], { name: 'scores' })], {
        name: 'softmax',
        attributes: { axis: int(-1) },
      });
      const heard = b.node('Transpose', [b.node('MatMul', [scores, v], { name: 'mixed' })], {
        name: 'merged',
        attributes: { perm: ints([0, 2, 1, 3]) },
      });
      const merged = b.node('Reshape', [heard, b.constant('flat', int64Tensor([1, tokens, width]))], {
        name: 'whole',
      });
      b.output(b.node('Add', [x, linear(merged, width, 'projection')], { name: 'sum' }));
    }),
  );
}

/** Pixels of an image through two pointwise convolutions with a function between, added to what they were. */
export function pointwise(activation: string): Promise<Program> {
  return loweredOf(
    prepared((b) => {
      const x = b.input('x', [1, 6, 4, 5]);
      const conv = (from: string, inputs: number, outputs: number, name: string): string =>
        b.node(
          'Conv',
          [
            from,
            b.constant(`${name}_w`, randomTensor([outputs, inputs, 1, 1], inputs)),
            b.constant(`${name}_b`, randomTensor([outputs], outputs)),
          ],
          { name },
        );
      const inner = b.node(activation, [conv(x, 6, 40, 'wide')], { name: 'function' });
      b.output(b.node('Add', [x, conv(inner, 40, 6, 'narrow')], { name: 'sum' }));
    }),
  );
}

function prepared(fill: (b: GraphBuilder) => void): Graph {
  const b = graphBuilder('rows');
  fill(b);
  return prepareGraph(b.model());
}

async function loweredOf(graph: Graph): Promise<Program> {
  return lower((await quantizeGraph(graph, () => stream(randomSamples(graph, 4)))).graph);
}

/** A Program with the loops that lower its plan, and that plan. */
export function plannedDepthFirst(
  program: Program,
  options: PlanOptions,
): { readonly program: Program; readonly plan: MemoryPlan } {
  const looped = depthFirst(program, options);
  return { program: looped, plan: planMemory(looped, options) };
}
