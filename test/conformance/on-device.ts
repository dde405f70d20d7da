/**
 * The ONNX cases on what a device runs: as a Program of float32 kernels, and quantised with the case's own numbers as calibration.
 * A case whose operator wants constants (weights, axes, bounds) gets them as constants, for that is what they are in a model.
 */
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { createRunner } from '../../src/engine/index.ts';
import { elementCount, toNumbers } from '../../src/graph/tensor.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { lower, lowerWithOutcomes } from '../../src/lower/lower.ts';
import { loweringError } from '../../src/lower/outcomes.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import type { Step } from '../../src/program/kernels/index.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { createSampleRunner } from '../../src/program/sample.ts';
import { ARENA, type ProgramTensor } from '../../src/program/types.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { type Case, compareTensors, type DataSet } from './onnx-cases.ts';

export type DeviceOutcome =
  | { readonly kind: 'pass'; readonly program: Program; readonly inputs: readonly Float32Array[] }
  | { readonly kind: 'fail'; readonly reason: string }
  /** Nothing is computed on a device: no float32 goes in and out, or all of it is constant. */
  | { readonly kind: 'irrelevant' }
  | { readonly kind: 'no-kernel'; readonly reason: string };

const HOST = { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 } as const;

/** The case on float32 kernels alone, held against the outputs of the case within ONNX's own tolerances. */
export function runInFloat(one: Case): DeviceOutcome {
  const outcomes = graphsOf(one).map(({ graph, dataSet }) => refusal(() => floatOutcome(graph, dataSet)));
  return best(outcomes);
}

function floatOutcome(graph: Graph, dataSet: DataSet): DeviceOutcome {
  const { program, outcomes } = lowerWithOutcomes(graph);
  const problem = loweringError(outcomes, (count) => `${count} nodes have no float32 kernel`);
  if (problem !== null) throw problem;
  const inputs = inputsOf(graph, dataSet);
  const outputs = runProgram(program, inputs);
  const differences = dataSet.outputs.flatMap((want, i) => {
    const { shape } = graph.values.get(graph.outputs[i]!.value)!;
    const difference = compareTensors({ dtype: 'float32', shape, data: outputs[i]! }, want);
    return difference === null ? [] : [`output ${i} ${difference}`];
  });
  const [reason] = differences;
  return reason === undefined ? { kind: 'pass', program, inputs } : { kind: 'fail', reason };
}

/** Least signal over noise, in dB, of outputs in int8 against those that the case wants. */
const LEAST_SQNR = 12;

/**
 * The case quantised, written, read back and run in integers: as many steps of the output scale from the same graph in fake
 * quantisation as it has nodes, and near what the case wants.
 */
export async function runInInt8(one: Case): Promise<DeviceOutcome> {
  const outcomes: DeviceOutcome[] = [];
  for (const { graph, dataSet } of graphsOf(one)) {
    outcomes.push(await quantizedOutcome(graph, dataSet).catch(refused));
  }
  return best(outcomes);
}

async function quantizedOutcome(graph: Graph, dataSet: DataSet): Promise<DeviceOutcome> {
  const inputs = inputsOf(graph, dataSet);
  async function* samples() {
    yield { inputs, label: null };
  }
  const quantized = await quantizeGraph(graph, samples, { observer: { kind: 'min-max' }, io: 'float' });
  const read = prepareGraph(importModel(exportModel(quantized.graph), { path: 'case.int8.onnx' }), {
    deadChannels: false,
  });
  const program = lower(read);
  const got = runProgram(program, inputs);
  const simulated = createExecutor(read).run(
    inputs.map((data, i) => ({
      dtype: 'float32',
      shape: read.values.get(read.inputs[i]!.value)!.shape,
      data,
    })),
  );
  const allowed = Math.max(1, read.nodes.length) + 0.01;
  for (const [i, { value }] of read.outputs.entries()) {
    const quant = read.values.get(value)!.quant;
    const wanted = toNumbers(dataSet.outputs[i]!.data);
    const twin = toNumbers(simulated[i]!.data);
    if (quant === null) return { kind: 'no-kernel', reason: `output ${i} has no codes` };
    const steps =
      got[i]!.reduce((most, real, at) => Math.max(most, Math.abs(real - twin[at]!)), 0) / quant.scale[0]!;
    if (steps > allowed)
      return { kind: 'fail', reason: `output ${i} is ${steps.toFixed(2)} steps off its simulation` };
    const sqnr = ratioInDb(got[i]!, wanted);
    if (sqnr < LEAST_SQNR)
      return { kind: 'fail', reason: `output ${i} is at ${sqnr.toFixed(1)} dB of what is wanted` };
  }
  return { kind: 'pass', program, inputs };
}

function ratioInDb(got: Float32Array, wanted: readonly number[]): number {
  const signal = wanted.reduce((sum, value) => sum + value ** 2, 0);
  const noise = wanted.reduce((sum, value, at) => sum + (value - got[at]!) ** 2, 0);
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}

function runProgram(program: Program, inputs: readonly Float32Array[]): readonly Float32Array[] {
  const plan = planMemory(program, HOST);
  return createSampleRunner(program, plan, createRunner(program, plan))(inputs);
}

/** What passed, before a wrong number, before a missing kernel, before nothing to do. */
function best(outcomes: readonly DeviceOutcome[]): DeviceOutcome {
  const of = (kind: DeviceOutcome['kind']) => outcomes.find((outcome) => outcome.kind === kind);
  return of('pass') ?? of('fail') ?? of('no-kernel') ?? { kind: 'irrelevant' };
}

type CaseGraph = { readonly graph: Graph; readonly dataSet: DataSet };

/** What a refusal says of a kernel that is not there. */
function refusal(run: () => DeviceOutcome): DeviceOutcome {
  try {
    return run();
  } catch (error) {
    return refused(error);
  }
}

function refused(error: unknown): DeviceOutcome {
  if (!(error instanceof TinymlError) || error.code === 'E_INTERNAL') throw error;
  return { kind: 'no-kernel', reason: `${error.code}: ${error.message}` };
}

/**
 * The graphs that a case stands for: with all its float32 inputs given at run time, then with all but the first constant. None
 * where no float32 goes in and out, or nothing is left to compute.
 */
function graphsOf({ model, dataSets }: Case): readonly CaseGraph[] {
  const [dataSet] = dataSets;
  if (dataSet === undefined || !dataSet.outputs.every(isReal)) return [];
  const real = [...dataSet.inputs].filter(([, tensor]) => isReal(tensor)).map(([name]) => name);
  const choices = real.length > 1 ? [real, real.slice(0, 1)] : [real];
  return choices.flatMap((given): CaseGraph[] => {
    const kept = new Set(given);
    try {
      const graph = prepareGraph(frozen(model, dataSet.inputs, kept), { deadChannels: false });
      const computes = graph.nodes.length > 0 && graph.inputs.length > 0;
      return computes ? [{ graph, dataSet }] : [];
    } catch (error) {
      if (error instanceof TinymlError) return [];
      throw error;
    }
  });
}

function isReal({ dtype, shape }: Tensor): boolean {
  return dtype === 'float32' && elementCount(shape) > 0;
}

/** The model with the shapes of the data, and with all inputs but those kept as constants. */
function frozen(
  model: Case['model'],
  inputs: ReadonlyMap<string, Tensor>,
  kept: ReadonlySet<string>,
): Case['model'] {
  const constants = [...inputs].filter(([name]) => !kept.has(name));
  return {
    ...model,
    inputs: model.inputs
      .filter(({ name }) => kept.has(name))
      .map((port) => ({ ...port, shape: inputs.get(port.name)!.shape })),
    constants: new Map([...model.constants, ...constants]),
  };
}

function inputsOf(graph: Graph, { inputs }: DataSet): readonly Float32Array[] {
  return graph.inputs.map(({ name }) => inputs.get(name)!.data as Float32Array);
}

/**
 * Programs side by side as one, so that one build serves all of them. It has one input, of which each takes its part, and one
 * output: compilers take time that grows faster than the number of ports.
 */
export function sideBySide(programs: readonly Program[]): Program {
  const tensors: ProgramTensor[] = [];
  const steps: Step[] = [];
  const port = (name: string, size: number) => ({ name, tensor: 0, onnxShape: [size], layout: [0] });
  const add = (name: string, size: number): number =>
    tensors.push({ name, dtype: 'float32', shape: [size], quant: null, storage: ARENA }) - 1;
  const sizeOf = (ports: Program['inputs'], { tensors: own }: Program): readonly number[] =>
    ports.map(({ tensor }) => elementCount(own[tensor]!.shape));
  const total = (side: 'inputs' | 'outputs'): number =>
    programs.reduce((sum, one) => sizeOf(one[side], one).reduce((a, b) => a + b, sum), 0);
  const [all, made] = [add('all', total('inputs')), add('made', total('outputs'))];
  let [read, written] = [0, 0];
  programs.forEach((program, i) => {
    const from = tensors.length;
    tensors.push(...program.tensors);
    const shifted = (ids: readonly number[]) => ids.map((id) => id + from);
    sizeOf(program.inputs, program).forEach((size, k) => {
      const { tensor } = program.inputs[k]!;
      steps.push(copyOf(`${i} in`, all, read, tensor + from, 0, size));
      read += size;
    });
    for (const step of program.steps) {
      steps.push({
        ...step,
        name: `${i}:${step.name}`,
        inputs: shifted(step.inputs),
        constants: shifted(step.constants),
        outputs: shifted(step.outputs),
      });
    }
    sizeOf(program.outputs, program).forEach((size, k) => {
      const { tensor } = program.outputs[k]!;
      steps.push(copyOf(`${i} out`, tensor + from, 0, made, written, size));
      written += size;
    });
  });
  return {
    name: 'cases',
    tensors,
    inputs: [{ ...port('all', read), tensor: all }],
    outputs: [{ ...port('made', written), tensor: made }],
    steps,
  };
}

function copyOf(
  name: string,
  input: number,
  inOffset: number,
  output: number,
  outOffset: number,
  size: number,
): Step {
  const along = { size0: 1, size1: 1, size2: 1, size3: size };
  return {
    kernel: 'copy_f32',
    name,
    inputs: [input],
    constants: [],
    outputs: [output],
    params: {
      ...along,
      ...{ inOffset, inStride0: 0, inStride1: 0, inStride2: 0, inStride3: 1 },
      ...{ outOffset, outStride0: 0, outStride1: 0, outStride2: 0, outStride3: 1 },
    },
  };
}
