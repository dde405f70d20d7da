import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphBuilder, int, ints, perTensor } from '../../src/graph/build.ts';
import type { Graph, Quant } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { channelConstants } from '../../src/passes/channel-constants.ts';
import { linearUnit } from '../../src/passes/linear-unit.ts';
import { viewGraph } from '../../src/passes/match.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createRunner } from '../../src/program/run.ts';

const CODES = Array.from({ length: 256 }, (_, i) => i - 128);

/** Two values of 256 channels, whose channels hold all codes in two orders, joined by `join`. */
function allCodes(
  qa: Quant,
  qb: Quant,
  join: (g: ReturnType<typeof graphBuilder>, a: string, b: string) => string,
): Graph {
  const g = graphBuilder('codes');
  const input = perTensor(0.5, 0);
  g.input('x', [1, 1, 1, 1], { quant: input, port: 'int8' });
  const constantConv = (name: string, codes: readonly number[], quant: Quant) => {
    // Weights of 0 and a bias at the scale of the output: the result is the bias plus the zero point.
    const scale = quant.scale[0]! / 0.5;
    const w = { dtype: 'int8' as const, shape: [256, 1, 1, 1], data: new Int8Array(256) };
    const bias = Int32Array.from(codes, (code) => code - quant.zeroPoint[0]!);
    return g.node(
      'Conv',
      [
        'x',
        g.constant(`${name}_w`, w, perTensor(scale, 0)),
        g.constant(
          `${name}_b`,
          { dtype: 'int32', shape: [256], data: bias },
          perTensor(quant.scale[0]!, 0, 'int32'),
        ),
      ],
      { shape: [1, 256, 1, 1], quant, name },
    );
  };
  const shuffled = CODES.map((_, i) => CODES[(i * 167 + 31) % 256]!);
  const y = join(g, constantConv('a', CODES, qa), constantConv('b', shuffled, qb));
  g.output(y, { name: 'y', dtype: 'int8' });
  return g.build();
}

/** The constants of the output, beside what the integer program computes. */
function bothWays(graph: Graph): { readonly constants: unknown; readonly computed: readonly number[] } {
  const view = viewGraph(graph);
  const units = new Map(
    graph.nodes.flatMap((node) => {
      const unit = linearUnit(view, node);
      return unit === null ? [] : [[node, unit] as const];
    }),
  );
  const program = lower(graph);
  const plan = planMemory(program, { library: 'builtin', core: { dsp: true, mve: false } });
  const [output] = createRunner(program, plan)([Int8Array.of(77)]);
  return {
    constants: channelConstants(view, units).get(graph.outputs[0]!.value),
    computed: Array.from(output as Int8Array),
  };
}

const SHAPE = [1, 256, 1, 1];
const GRIDS = [
  [perTensor(0.05, 7), perTensor(0.031, -90), perTensor(0.06, 3)],
  [perTensor(0.011, -128), perTensor(0.097, 127), perTensor(0.04, -60)],
  [perTensor(0.02, 0), perTensor(0.02, 0), perTensor(0.0213, 1)],
  [perTensor(1.7, 12), perTensor(0.003, -5), perTensor(0.9, 100)],
] as const;

GRIDS.forEach(([qa, qb, quant], i) => {
  test(`Add: the constants are those of the kernel, grids ${i}`, () => {
    const graph = allCodes(qa, qb, (g, a, b) => g.node('Add', [a, b], { shape: SHAPE, quant }));
    const { constants, computed } = bothWays(graph);
    assert.deepEqual(constants, computed);
  });

  test(`Add with Relu and Clip behind it, grids ${i}`, () => {
    for (const op of ['Relu', 'Clip']) {
      const graph = allCodes(qa, qb, (g, a, b) => {
        const sum = g.node('Add', [a, b], { shape: SHAPE });
        const bound = (name: string, value: number) =>
          g.constant(name, { dtype: 'float32', shape: [], data: Float32Array.of(value) });
        const bounds = op === 'Clip' ? [bound('low', -0.7), bound('high', 1.3)] : [];
        return g.node(op, [sum, ...bounds], { shape: SHAPE, quant });
      });
      const { constants, computed } = bothWays(graph);
      assert.deepEqual(constants, computed, op);
    }
  });

  test(`Requantise, Relu and a Conv of constants, grids ${i}`, () => {
    for (const op of ['tinyml::Requantise', 'Relu']) {
      const graph = allCodes(qa, qb, (g, a) => g.node(op, [a], { shape: SHAPE, quant }));
      const { constants, computed } = bothWays(graph);
      assert.deepEqual(constants, computed, op);
    }
    const depthwise = allCodes(qa, qb, (g, a) => {
      const data = Int8Array.from(CODES, (code) => Math.max(code, -127));
      const w = g.constant('w', { dtype: 'int8', shape: [256, 1, 1, 1], data }, perTensor(0.013, 0));
      return g.node('Conv', [a, w], { shape: SHAPE, quant, attributes: { group: int(256) } });
    });
    const { constants, computed } = bothWays(depthwise);
    assert.deepEqual(constants, computed, 'Conv');
  });

  test(`an average that counts padding has no constants but 0, grids ${i}`, () => {
    const average = (pads: readonly number[], counted: number) =>
      allCodes(qa, qb, (g, a) =>
        g.node('AveragePool', [a], {
          shape: SHAPE,
          quant: qa,
          attributes: { kernel_shape: ints([3, 3]), pads: ints(pads), count_include_pad: int(counted) },
        }),
      );
    const padded = bothWays(average([1, 1, 1, 1], 1));
    const known = padded.constants as readonly (number | null)[];
    assert.deepEqual(
      known.flatMap((constant, c) => (constant === null ? [] : [CODES[c]])),
      [qa.zeroPoint[0]],
    );
    for (const [c, constant] of known.entries()) {
      if (constant !== null) assert.equal(constant, padded.computed[c]);
    }
    const { constants, computed } = bothWays(average([1, 1, 1, 1], 0));
    assert.deepEqual(constants, computed);
  });
});
