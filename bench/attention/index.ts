/**
 * Attention on a Cortex-M4, by instructions under QEMU and bytes of the arena: a transformer of two layers, as firmware runs it, against the same
 * Program layer by layer and against CMSIS-NN, its arena for numbers of tokens, and attention of a softmax against linear attention.
 *
 *   CMSIS_NN_DIR=<folder> npm run bench:attention [-- --core cortex-m4]
 */
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Sample } from '../../src/data/types.ts';
import type { Graph } from '../../src/graph/types.ts';
import { lower, lowerWithPlaces } from '../../src/lower/lower.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import type { Step } from '../../src/program/kernels/index.ts';
import { elementsOf, extentsOf, stretchOfSteps, timesOfSteps } from '../../src/program/loops.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import type { Operands, ProgramArray } from '../../src/program/types.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { type PackedPlan, packedPlans } from '../../src/targets/cortex-m/pack/plan-packed.ts';
import type { Case } from '../../test/native/cases.ts';
import { int8s } from '../../test/native/random.ts';
import { CORES, type CoreId, countInstructions } from '../instructions/measure.ts';
import { attention, type Size, transformer } from './networks.ts';

const { values: flags } = parseArgs({ options: { core: { type: 'string', default: 'cortex-m4' } } });
const core = flags.core as CoreId;
const SIZE: Size = { tokens: 32, width: 64, heads: 4, hidden: 256 };
/** What stands for attention (values laid out by token are a part of it) and dense layers where CMSIS-NN computes them. */
const SUMS = new Set([
  'fully_connected_s8',
  'fully_connected_pairs_s8',
  'conv2d_pairs_s8',
  'attention_s8',
  'copy_s8',
  'batch_matmul_s8',
  'softmax_s8',
]);

const work = mkdtempSync(join(tmpdir(), 'tinyml-attention-'));
const adapters = join(work, 'cmsis-nn');
try {
  cpSync(join(packageRoot(), 'native', 'kernels'), work, { recursive: true });
  copyFileSync(
    join(packageRoot(), 'bench', 'attention', 'batch_matmul_s8.c'),
    join(adapters, 'batch_matmul_s8.c'),
  );
  await compareTransformer();
  await compareArenas();
  await compareLinear();
} finally {
  rmSync(work, { recursive: true });
}

async function compareTransformer(): Promise<void> {
  const graph = await quantized(prepareGraph(transformer(SIZE)));
  const apart = lowerWithPlaces(graph).program;
  const { program: fused, plan } = planned(graph);
  const ours = await instructionsOf(fused, fused.steps, 'builtin');
  const layers = await instructionsOf(apart, apart.steps, 'builtin');
  const sums = apart.steps.filter(({ kernel }) => SUMS.has(kernel));
  const cmsis = await instructionsOf(apart, sums.map(sideBySide), 'cmsis-nn');
  const of = (steps: readonly Step[], counts: readonly number[]): number =>
    steps.reduce((sum, { kernel }, i) => sum + (SUMS.has(kernel) ? counts[i]! : 0), 0);
  const [depthFirst, layerWise] = [of(fused.steps, ours), of(apart.steps, layers)];
  const library = of(sums, cmsis);
  print(`transformer of 2 layers, ${JSON.stringify(SIZE)}, ${core}`, [
    ['arena, depth first', plan.arenaBytes],
    ['arena, attention alone in one step', arena(lower(graph))],
    ['arena, layer by layer', arena(apart)],
    ['arena, every value in a buffer of its own', buffers(apart)],
    ['instructions, all steps', total(ours)],
    ['instructions, all steps, layer by layer', total(layers)],
    ['instructions, dense layers and attention', depthFirst],
    ['the same, layer by layer', layerWise],
    ['the same, CMSIS-NN', library],
    ['over CMSIS-NN', Number((depthFirst / library).toFixed(3))],
  ]);
  table('depth first', fused, ours);
  table('layer by layer', apart, layers);
  table('CMSIS-NN', { ...apart, steps: sums }, cmsis);
}

async function compareArenas(): Promise<void> {
  for (const tokens of [16, 32, 64, 96, 128, 256]) {
    const graph = await quantized(prepareGraph(transformer({ ...SIZE, tokens })));
    print(`the transformer over ${tokens} tokens`, [
      ['arena, depth first', planned(graph).plan.arenaBytes],
      ['arena, attention alone in one step', arena(lower(graph))],
      ['arena, layer by layer', arena(lowerWithPlaces(graph).program)],
    ]);
  }
}

async function compareLinear(): Promise<void> {
  const asked = [64, 256, 1024].flatMap((tokens) =>
    (['softmax', 'linear'] as const).map((kind) => ({ tokens, kind })),
  );
  const rows = [];
  for (const { tokens, kind } of asked) {
    const graph = await quantized(attention(tokens, kind, SIZE));
    const [program, apart] = [lower(graph), lowerWithPlaces(graph).program];
    const step = program.steps.find(({ kernel }) => kernel.includes('attention'))!;
    // Of one head: the others take as much.
    const { batch0, batch1 } = step.params as { readonly batch0: number; readonly batch1: number };
    const one = { ...step, params: { ...step.params, batch0: 1, batch1: 1 } } as Step;
    rows.push({ tokens, kind, program, apart, heads: batch0 * batch1, calls: casesOf(program, [one]) });
  }
  const calls = rows.flatMap((row) => row.calls);
  const counts = await countInstructions(core, 'builtin', calls);
  for (const [i, { tokens, kind, program, apart, heads }] of rows.entries()) {
    print(`attention over ${tokens} tokens, ${kind}, ${program.steps.length} steps`, [
      ['instructions', counts[i]! * heads],
      ['arena', arena(program)],
      ['arena, layer by layer', arena(apart)],
    ]);
  }
}

async function quantized(graph: Graph): Promise<Graph> {
  const random = seededRandom(3);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const samples: readonly Sample[] = Array.from({ length: 8 }, () => ({
    inputs: graph.inputs.map(({ value }) => {
      const size = graph.values.get(value)!.shape.reduce((product, one) => product * one, 1);
      return Float32Array.from({ length: size }, normal);
    }),
    label: null,
  }));
  const { graph: made } = await quantizeGraph(graph, async function* () {
    yield* samples;
  });
  return made;
}

/** Of each step, over all blocks where it is one of a loop. */
async function instructionsOf(
  program: Program,
  steps: readonly Step[],
  library: 'builtin' | 'cmsis-nn',
): Promise<readonly number[]> {
  const cases = casesOf(program, steps);
  const counts = await countInstructions(core, library, cases, library === 'builtin' ? undefined : adapters);
  const times = timesOfSteps(program);
  return counts.map((count, i) => count * (times[program.steps.indexOf(steps[i]!)] ?? 1));
}

/** Calls of steps, with random codes in place of what is computed. */
function casesOf(program: Program, steps: readonly Step[]): readonly Case[] {
  const random = seededRandom(5);
  const loops = stretchOfSteps(program);
  const arrayOf = (id: number, elements: number): ProgramArray => {
    const { storage } = program.tensors[id]!;
    return storage.kind === 'constant' ? storage.data : int8s(random, elements);
  };
  const operandsOf = (step: Step): Operands => {
    const index = program.steps.indexOf(step);
    const whole = (id: number): number => elementsOf(program.tensors[id]!);
    const extents =
      index < 0
        ? { inputs: step.inputs.map(whole), outputs: step.outputs.map(whole) }
        : extentsOf(program, index, loops[index]!);
    return {
      inputs: step.inputs.map((id, k) => arrayOf(id, extents.inputs[k]!)),
      constants: step.constants.map((id) => arrayOf(id, 0)),
      outputs: step.outputs.map((id, k) => arrayOf(id, extents.outputs[k]!)),
    };
  };
  return steps.map((step) => ({
    step,
    operands: operandsOf(step),
    alias: -1,
    distance: null,
    updates: [],
    misalignment: 0,
  }));
}

/** A product whose operands lie as CMSIS-NN takes them, as if nothing had to be copied for that. */
function sideBySide(step: Step): Step {
  if (step.kernel !== 'batch_matmul_s8') return step;
  const { rows, columns, depth, batch1 } = step.params;
  const operand = (name: string, [outer, inner]: readonly [string, string], size: number, row: number) => ({
    [`${name}Start`]: 0,
    [`${name}Batch0`]: batch1 * size,
    [`${name}Batch1`]: size,
    [`${name}${outer}`]: row,
    [`${name}${inner}`]: 1,
  });
  const params = {
    ...step.params,
    ...operand('left', ['Row', 'Depth'], rows * depth, depth),
    ...operand('right', ['Column', 'Depth'], columns * depth, depth),
    ...{
      outputStart: 0,
      outputBatch0: batch1 * rows * columns,
      outputBatch1: rows * columns,
      outputRow: columns,
    },
  } as typeof step.params;
  return { ...step, params };
}

function planned(graph: Graph): PackedPlan {
  const { features } = CORES[core];
  return packedPlans(lower(graph), {
    library: 'builtin',
    core: features,
    instructionsOf: () => null,
  }).optimised();
}

function arena(program: Program): number {
  return planMemory(program, { library: 'builtin', core: CORES[core].features }).arenaBytes;
}

function buffers({ tensors }: Program): number {
  return tensors
    .filter(({ storage }) => storage.kind === 'arena')
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function table(how: string, { steps }: Pick<Program, 'steps'>, counts: readonly number[]): void {
  const byKernel = new Map<string, number>();
  for (const [i, { kernel }] of steps.entries())
    byKernel.set(kernel, (byKernel.get(kernel) ?? 0) + counts[i]!);
  print(`by kernel, ${how}`, [...byKernel]);
}

function print(title: string, rows: readonly (readonly [string, number])[]): void {
  process.stdout.write(`${title}\n${rows.map(([name, value]) => `  ${name}: ${value}\n`).join('')}`);
}
