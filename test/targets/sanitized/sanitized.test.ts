/**
 * Random networks as emitted C under sanitisers: one program runs all of them, and every layer may touch its own
 * operands only. Each byte of each layer is the reference's.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TinymlError } from '../../../src/diagnostics/errors.ts';
import { elementCount } from '../../../src/graph/tensor.ts';
import { guardSteps } from '../../../src/lower/int8/guard-steps.ts';
import { lower } from '../../../src/lower/lower.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { askedRowsOf } from '../../../src/program/caller-rows.ts';
import { stretchesOf, stretchOfSteps } from '../../../src/program/loops.ts';
import type { MemoryPlan } from '../../../src/program/memory-plan.ts';
import { planMemory } from '../../../src/program/plan.ts';
import type { Program } from '../../../src/program/program.ts';
import { rowLayersOf } from '../../../src/program/row-layers.ts';
import { createMachine, createRunnerOn } from '../../../src/program/run.ts';
import { stateTensors } from '../../../src/program/state.ts';
import type { ProgramArray } from '../../../src/program/types.ts';
import { quantizeGraph } from '../../../src/quantize/quantize-graph.ts';
import { writeFiles } from '../../../src/targets/cortex-m/build.ts';
import { BUNDLE_FLAGS, KERNEL_WARNINGS, STRICT_FLAGS } from '../../../src/targets/cortex-m/build-flags.ts';
import type { BundleFile } from '../../../src/targets/cortex-m/bundle.ts';
import { compileAll, link } from '../../../src/targets/cortex-m/compile.ts';
import { completingSteps, generateInputs } from '../../../src/targets/cortex-m/golden.ts';
import { kernelSources } from '../../../src/targets/cortex-m/kernel-sources.ts';
import { createLayout, type Port, residentPorts } from '../../../src/targets/cortex-m/layout.ts';
import { readNativeSources } from '../../../src/targets/cortex-m/native-sources.ts';
import { printHeader } from '../../../src/targets/cortex-m/print-header.ts';
import { printModel } from '../../../src/targets/cortex-m/print-model.ts';
import { printWeights, printWeightsHeader } from '../../../src/targets/cortex-m/print-weights.ts';
import { runProcess } from '../../../src/targets/cortex-m/process.ts';
import { withTemporaryFolder } from '../../../src/targets/cortex-m/temporary-folder.ts';
import { findTool, requireTool } from '../../../src/targets/cortex-m/toolchain.ts';
import { randomGated } from '../../lower/int8/random-gated.ts';
import { ROWS, type Row } from '../../lower/int8/random-models.ts';
import { pick } from '../../native/random.ts';
import { randomSegmentedNetwork, randomStreamedNetwork } from '../../program/row-cuts.ts';
import { randomNetwork } from '../../whole-way/random-network.ts';

const NETWORKS = 100;
const MODELS_PER_OPERATOR = 2;
const GATED = 30;
/** Networks of which some layers run row by row. */
const SEGMENTED = 60;
/** Networks whose input comes in rows. */
const STREAMED = 200;
/** Networks in one C file: a compiler takes longer to start than for a network. */
const BATCH = 15;
const TIMEOUT_MS = 300_000;
const SANITIZERS = ['-g1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const SOURCES = join(packageRoot(), 'test', 'targets', 'sanitized');

/** A network with the prefix of its C symbols, and where everything lies. */
type Placed = { readonly program: Program; readonly plan: MemoryPlan; readonly name: string };

type Expected = { readonly what: string; readonly bytes: Uint8Array };

function placed(program: Program, name: string, overlap = false): Placed {
  const core = { dsp: false, mve: false };
  const plan = planMemory(program, { library: 'builtin', core, restarts: 0, overlap });
  return { program, plan, name };
}

/** A random model of one operator; null where it has no int8 form, or nothing to compute. */
async function randomOperator(row: Row, seed: number): Promise<Program | null> {
  const random = seededRandom(seed);
  const { model, range, step } = row.make(random);
  const graph = prepareGraph(model, { deadChannels: false });
  const sample = graph.inputs.map(({ value }) =>
    Float32Array.from(
      { length: elementCount(graph.values.get(value)!.shape) },
      () => range[0] + random() * (range[1] - range[0]),
    ),
  );
  async function* samples() {
    yield { inputs: sample, label: null };
  }
  try {
    // A model with a step of its own has codes as it is.
    const io = pick(random, ['int8', 'float'] as const);
    const quantized = step === undefined ? (await quantizeGraph(graph, samples, { io })).graph : graph;
    const program = lower(quantized);
    return program.steps.length === 0 ? null : program;
  } catch (error) {
    if (error instanceof TinymlError && error.code === 'E_OP') return null;
    throw error;
  }
}

/** Whole networks, networks behind gates, networks by rows, and models of every operator with an int8 form. */
async function randomNetworks(): Promise<readonly Placed[]> {
  const networks: Placed[] = [];
  for (let seed = 1; seed <= NETWORKS; seed++) {
    networks.push(placed(await randomNetwork(seed), `network${seed}`));
  }
  for (let seed = 0; seed < GATED; seed++) {
    networks.push(placed(guardSteps(randomGated(seededRandom(seed)).program), `gated${seed}`));
  }
  for (let seed = 0; seed < SEGMENTED; seed++) {
    networks.push(placed(randomSegmentedNetwork(seededRandom(seed)), `segmented${seed}`, true));
  }
  for (let seed = 0; seed < STREAMED; seed++) {
    const { streamed } = randomStreamedNetwork(seededRandom(seed));
    networks.push(placed(streamed, `streamed${seed}`, true));
  }
  for (const [k, [op, row]] of [...ROWS].entries()) {
    for (let i = 0; i < MODELS_PER_OPERATOR; i++) {
      const program = await randomOperator(row, 1000 * (k + 1) + i);
      if (program !== null) networks.push(placed(program, `${op.replace(/\W/g, '_')}_${k}_${i}`));
    }
  }
  return networks;
}

const bytesOf = (array: ProgramArray): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

const inputsOf = ({ program }: Placed): readonly ProgramArray[] =>
  generateInputs(
    program.inputs.map(({ tensor }) => program.tensors[tensor]!),
    'noise',
  );

/** The output of each layer, then those of the network. */
function expectedOf(network: Placed): readonly Expected[] {
  const { program, plan, name } = network;
  const complete = completingSteps(program);
  const layers: Expected[] = [];
  const rowLayers = rowLayersOf(program);
  const machine = createMachine(program, plan, (index, [rows]) => {
    if (!rowLayers.has(index)) return;
    layers.push({ what: `${name}, rows by step ${index}`, bytes: bytesOf(rows!.slice()) });
  });
  const outputs = createRunnerOn(
    program,
    plan,
    machine,
  )(inputsOf(network), (step, index, written) => {
    if (!complete.has(index)) return;
    layers.push({
      what: `${name}, layer ${index}, "${step.name}" (${step.kernel})`,
      bytes: bytesOf(written[0]!.slice()),
    });
  });
  return [
    ...layers,
    ...outputs.map((output, i) => ({ what: `${name}, output ${i}`, bytes: bytesOf(output) })),
  ];
}

/** What each step may touch in the arena, as rows of C: up to which layer, the offset and the bytes. */
function operandRows({ program, plan }: Placed): readonly string[] {
  const complete = completingSteps(program);
  const places = new Map(plan.placements.map((placement) => [placement.tensor, placement]));
  const [first] = [...complete].sort((a, b) => a - b);
  const state = stateTensors(program).map((id) => places.get(id)!);
  // The first call gives all state its values before the first step.
  const initial = state.map(({ offset, bytes }) => `  {${first}, ${offset}, ${bytes}},`);
  const stretches = stretchOfSteps(program);
  const layerFrom = (index: number): number =>
    program.steps.findIndex((_, i) => i >= index && complete.has(i));
  const touched = program.steps.flatMap(({ inputs, outputs }, index) => {
    // The layers of a loop are done behind all of its steps, one after the other.
    const { first, end } = stretches[index]!;
    const layers = [...new Set([layerFrom(first), layerFrom(index)])].filter(
      (layer, k) => k === 0 || layer < end,
    );
    const operands = [
      ...[...inputs, ...outputs].flatMap((tensor) => places.get(tensor) ?? []),
      ...plan.scratch.filter(({ step }) => step === index),
    ];
    return layers.flatMap((layer) => operands.map(({ offset, bytes }) => ({ layer, offset, bytes })));
  });
  const inOrder = touched.toSorted((a, b) => a.layer - b.layer);
  return [...initial, ...inOrder.map(({ layer, offset, bytes }) => `  {${layer}, ${offset}, ${bytes}},`)];
}

/** The emitted files of a network, but that its kernels are those of all networks. */
function filesOf({ program, plan, name }: Placed): readonly BundleFile[] {
  const layout = createLayout(program, plan, name);
  const called = program.steps.filter((step) => askedRowsOf(program, step) === null);
  const kernels = [...new Set(called.map(({ kernel }) => kernel))];
  const aliases = kernels
    .flatMap((kernel) => [kernel, `${kernel}_params`])
    .map((symbol) => `#define ${name}_${symbol} tinyml_${symbol}\n`);
  return [
    { path: `${name}.h`, contents: printHeader(program, plan, name, layout) },
    { path: `${name}.c`, contents: printModel(program, plan, name, layout) },
    { path: `${name}_weights.h`, contents: printWeightsHeader(name, layout, 'builtin') },
    { path: `${name}_weights.c`, contents: printWeights(name, layout, 'builtin') },
    { path: `kernels/${name}_kernels.h`, contents: `#include "tinyml_kernels.h"\n${aliases.join('')}` },
  ];
}

/** The emitted files of a network as a part of a file with others, and what main.c knows of it. */
function partOf(network: Placed): string {
  const { program, plan, name } = network;
  const layout = createLayout(program, plan, name);
  const asks = layout.ports.some(({ streamed }) => streamed !== null);
  const callsOn = (direction: Port['direction'], call: string): string =>
    residentPorts(layout)
      .filter((port) => port.direction === direction)
      .map(({ label, bytes }) => `  ${call}(${name}_${label}(), ${bytes});`)
      .join('\n');
  const macro = name.toUpperCase();
  const loops = stretchesOf(program).filter(({ isLoop }) => isLoop);
  const local = [
    ...['arena', 'started', ...program.steps.map((_, index) => `step${index}`)],
    ...loops.flatMap(({ first }) => [`rows${first}`, `run_rows${first}`]),
  ];
  return `
#define ${macro}_LAYER_HOOK
#define ${name}_layer_hook layer_done
#define ${name}_layer_rows layer_rows
${local.map((symbol) => `#define ${symbol} ${name}_own_${symbol}\n`).join('')}#include "${name}.c"
#include "${name}_weights.c"
${[...local, 'AT', 'TRY', 'LAYER_DONE', 'LAYER_ROWS'].map((symbol) => `#undef ${symbol}\n`).join('')}
static void ${name}_read_inputs(void) {
${callsOn('input', 'read_input')}
}

${asks ? rowsInOrder(name) : ''}static void ${name}_write_outputs(void) {
${callsOn('output', 'write_output')}
}

static const struct operand ${name}_operands[] = {
${operandRows(network).join('\n')}
};

extern const struct network ${name};
const struct network ${name} = {
  ${macro}_ARENA_BYTES, sizeof(${name}_operands) / sizeof(struct operand), ${name}_arena,
  ${name}_read_inputs, ${asks ? `${name}_run` : `${name}_invoke`}, ${name}_write_outputs, ${name}_operands,
};
`;
}

/** Rows come from the file of inputs one behind the other, so that each is read once, in order, or the bytes are others. */
function rowsInOrder(name: string): string {
  const prefix = `${name.toUpperCase()}_INPUT`;
  return `static int ${name}_next;

int ${name}_read_rows(int first, int count, int8_t *to) {
  if (first != ${name}_next || count < 1 || count > ${prefix}_MOST_ROWS) return 1;
  ${name}_next += count;
  read_input(to, (uint32_t)count * ${prefix}_ROW_BYTES);
  return 0;
}

static void ${name}_run(void) {
  static int8_t unread[${prefix}_ROW_BYTES];
  if (${name}_invoke() != 0 || ${name}_next != ${prefix}_ROWS_READ) abort();
  for (; ${name}_next < ${prefix}_ROWS; ${name}_next++) read_input(unread, sizeof(unread));
}

`;
}

/** @returns path of the program */
async function build(folder: string, networks: readonly Placed[]): Promise<string> {
  const used = networks.flatMap(({ program }) => program.steps.map(({ kernel }) => kernel));
  const kernels = kernelSources(readNativeSources(), used, 'builtin', 'tinyml');
  const names = networks.map(({ name }) => name);
  const table = `#include <stddef.h>
#include "networks.h"
extern const struct network ${names.join(', ')};
const struct network *const networks[] = {${names.map((name) => `&${name}, `).join('')}NULL};
`;
  const batches = Array.from({ length: Math.ceil(networks.length / BATCH) }, (_, batch) => ({
    path: `batch${batch}.c`,
    contents: `#include <stdlib.h>\n#include "networks.h"\n${networks
      .slice(batch * BATCH, (batch + 1) * BATCH)
      .map(partOf)
      .join('')}`,
  }));
  writeFiles(folder, [
    ...kernels.files,
    ...networks.flatMap(filesOf),
    ...batches,
    { path: 'table.c', contents: table },
  ]);
  const compiler = {
    path: requireTool('cc'),
    cwd: folder,
    timeoutMs: TIMEOUT_MS,
    jobs: availableParallelism(),
  };
  const common = [...BUNDLE_FLAGS, ...SANITIZERS, '-O1', '-I.', '-I', SOURCES];
  const library = [join(SOURCES, 'main.c'), ...kernels.sources];
  const models = ['table.c', ...batches.map(({ path }) => path)];
  const units = [
    ...library.map((source) => ({ source, flags: [...common, ...KERNEL_WARNINGS] })),
    ...models.map((source) => ({ source, flags: [...common, ...STRICT_FLAGS] })),
  ].map((unit, index) => ({ ...unit, object: `${index}.o` }));
  await compileAll(compiler, units);
  await link(
    compiler,
    units.map(({ object }) => object),
    SANITIZERS,
    'networks',
  );
  return join(folder, 'networks');
}

test('random networks as C stay within their operands and give the bytes of the reference', {
  skip: findTool('cc') === null ? 'there is no C compiler' : false,
}, async () => {
  const networks = await randomNetworks();
  const kernels = new Set(networks.flatMap(({ program }) => program.steps.map(({ kernel }) => kernel)));
  assert.ok(networks.length >= 500 && kernels.size >= 14, `${networks.length}: ${[...kernels].join()}`);
  await withTemporaryFolder('sanitized', async (folder) => {
    const program = await build(folder, networks);
    const inputs = networks.flatMap((network) => inputsOf(network).map(bytesOf));
    writeFileSync(join(folder, 'inputs.bin'), Buffer.concat(inputs));
    const { status, stderr } = await runProcess(program, ['inputs.bin', 'outputs.bin'], {
      cwd: folder,
      timeoutMs: TIMEOUT_MS,
    });
    assert.equal(stderr, '');
    assert.equal(status, 0);
    const got = readFileSync(join(folder, 'outputs.bin'));
    let at = 0;
    for (const { what, bytes } of networks.flatMap(expectedOf)) {
      assert.ok(got.subarray(at, at + bytes.length).equals(bytes), `${what} has other bytes`);
      at += bytes.length;
    }
    assert.equal(got.length, at);
  });
});
