/** Quantised transformers whose rows can run through several steps at a time. */
import { transformer } from '../../bench/attention/networks.ts';
import { type GraphBuilder, graphBuilder } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import type { Program } from '../../src/program/program.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { randomTensor } from '../passes/helpers.ts';
import { randomSamples, stream } from '../quantize/networks.ts';

/** One layer of a transformer of width 8 with two heads. */
export function smallTransformer(tokens: number): Promise<Program> {
  return loweredOf(prepareGraph(transformer({ tokens, width: 8, heads: 2, hidden: 32 }, 1)));
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
