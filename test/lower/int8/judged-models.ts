/**
 * Holds the int8 form of a random model against the float operator of the model as it was before any pass, and the file that is written
 * against ONNX Runtime; and the float operator itself against ONNX Runtime.
 */
import assert from 'node:assert/strict';
import ort from 'onnxruntime-node';
import { TinymlError } from '../../../src/diagnostics/errors.ts';
import { elementCount, floatTensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { lower } from '../../../src/lower/lower.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { exportModel } from '../../../src/onnx/export.ts';
import { importModel } from '../../../src/onnx/import.ts';
import { asNumbers } from '../../../src/ops/arrays.ts';
import { createExecutor } from '../../../src/ops/execute.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { resolveModel } from '../../../src/passes/resolve.ts';
import { planMemory } from '../../../src/program/plan.ts';
import type { Program } from '../../../src/program/program.ts';
import { createRunner } from '../../../src/program/run.ts';
import { sampleEncoder } from '../../../src/program/sample.ts';
import type { ProgramArray, ProgramPort } from '../../../src/program/types.ts';
import { quantizeGraph } from '../../../src/quantize/quantize-graph.ts';
import type { Made, Row } from './random-models.ts';

const SAMPLES = 4;

/** Float32 sums in another order, as a share of the largest output. */
const FLOAT_TOLERANCE = 1e-4;

/** Whether the model of a seed has an int8 form; then that is right. @throws AssertionError where it is not */
export async function judgeInt8(op: string, row: Row, seed: number): Promise<boolean> {
  const made = row.make(seededRandom(seed));
  const about = (): string => `${op}, seed ${seed}: ${describe(made)}`;
  const pair = await quantizedPair(made, seed, about);
  if (pair === null) return false;
  await judge(pair, row, about);
  return true;
}

/**
 * The float operator against ONNX Runtime, on one sample.
 * @returns false for operators of our own, which it does not know
 * @throws AssertionError
 */
export async function judgeFloat(op: string, row: Row, seed: number): Promise<boolean> {
  const made = row.make(seededRandom(seed));
  if (made.step !== undefined) return false;
  const float = resolveModel(made.model);
  const session = await ort.InferenceSession.create(exportModel(float), {
    logSeverityLevel: 3,
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
  });
  const random = seededRandom(seed + 0.5);
  const inputs = float.inputs.map(({ value }) => {
    const { shape } = float.values.get(value)!;
    const values = () => made.range[0] + random() * (made.range[1] - made.range[0]);
    return floatTensor(shape, Float32Array.from({ length: elementCount(shape) }, values));
  });
  const ours = createExecutor(float).run(inputs);
  const theirs = await session.run(
    Object.fromEntries(
      inputs.map(({ data, shape }, i) => [
        session.inputNames[i]!,
        new ort.Tensor('float32', Float32Array.from(asNumbers(data)), shape),
      ]),
    ),
  );
  ours.forEach(({ data }, i) => {
    const wanted = [...(theirs[session.outputNames[i]!]!.data as Iterable<number | bigint>)].map(Number);
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    asNumbers(data).forEach((value: number, at: number) => {
      const apart = Math.abs(value - wanted[at]!);
      const same = Object.is(value, wanted[at]) || apart <= FLOAT_TOLERANCE * largest;
      assert.ok(
        same,
        `output ${i}, element ${at} is ${value}, ONNX Runtime has ${wanted[at]}; ${op}, seed ${seed}: ${describe(made)}`,
      );
    });
  });
  return true;
}

function describe({ model, range }: Made): string {
  const shapes = model.inputs.map(({ name, shape }) => `${name} [${shape?.join(', ')}]`);
  const nodes = model.nodes.map(({ op, attributes, inputs }) => {
    const constants = inputs.flatMap((name) => {
      const data = model.constants.get(name)?.data;
      return data === undefined || data.length > 8 ? [] : [`${name} = [${[...data].join(', ')}]`];
    });
    return `${op} ${JSON.stringify(attributes)} ${constants.join(' ')}`;
  });
  return `${shapes.join(', ')} in ${range}, ${nodes.join('; ')}`;
}

type Pair = {
  /** The model as it is, no pass having seen it. */
  readonly float: Graph;
  readonly file: Uint8Array;
  readonly program: Program;
  readonly samples: readonly (readonly Float32Array[])[];
  /** Of an output that is float32. */
  readonly step: number | undefined;
};

/** Null where the model has no int8 form, and is refused as such. */
async function quantizedPair(made: Made, seed: number, about: () => string): Promise<Pair | null> {
  const { model, range, step } = made;
  const random = seededRandom(seed + 0.5);
  const float = resolveModel(model);
  const samples = Array.from({ length: SAMPLES }, () =>
    float.inputs.map(({ value }) =>
      Float32Array.from(
        { length: elementCount(float.values.get(value)!.shape) },
        () => range[0] + random() * (range[1] - range[0]),
      ),
    ),
  );
  async function* stream() {
    for (const inputs of samples) yield { inputs, label: null };
  }
  try {
    const prepared = prepareGraph(model, { deadChannels: false });
    const { graph } =
      step !== undefined
        ? { graph: prepared }
        : await quantizeGraph(prepared, stream, { observer: { kind: 'min-max' } });
    const file = exportModel(graph);
    const program = lower(prepareGraph(importModel(file, { path: 'random.onnx' }), { deadChannels: false }));
    return { float, file, program, samples, step };
  } catch (error) {
    if (error instanceof TinymlError && error.code === 'E_OP') return null;
    throw new Error(`${about()}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

async function judge(
  { float, file, program, samples, step }: Pair,
  row: Row,
  about: () => string,
): Promise<void> {
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 });
  const run = createRunner(program, plan);
  const encode = sampleEncoder(program);
  const executor = createExecutor(float);
  const session = await ort.InferenceSession.create(file, {
    logSeverityLevel: 3,
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
  });
  const inputStep = program.tensors[program.inputs[0]!.tensor]!.quant?.scale ?? 0;
  for (const sample of samples) {
    const codes = encode(sample);
    const outputs = run(codes);
    const inputs = program.inputs.map((port, i) => inOnnxOrder(port, codes[i]!));
    const exact = executor.run(
      inputs.map((values, i) =>
        floatTensor(program.inputs[i]!.onnxShape, realOf(program, program.inputs[i]!, values)),
      ),
    );
    const theirs = await session.run(
      Object.fromEntries(
        session.inputNames.map((name, i) => {
          const { onnxShape } = program.inputs[i]!;
          const values = inputs[i]!;
          const tensor =
            values instanceof Int8Array
              ? new ort.Tensor('int8', values, onnxShape)
              : new ort.Tensor('float32', Float32Array.from(values), onnxShape);
          return [name, tensor];
        }),
      ),
    );
    program.outputs.forEach((port, i) => {
      const got = inOnnxOrder(port, outputs[i]!);
      const { quant } = program.tensors[port.tensor]!;
      const scale = quant?.scale ?? step ?? 1;
      const { data, shape } = exact[i]!;
      assert.deepEqual([...port.onnxShape], [...shape], about());
      const [low, high] = coveredBy(quant);
      const bound = row.steps * scale + (row.inputSteps ?? 0) * inputStep;
      const ours = realOf(program, port, got);
      asNumbers(data).forEach((real: number, at: number) => {
        const wanted = Math.min(Math.max(real, low), high);
        const error = Math.abs(ours[at]! - wanted);
        const slack = 1e-5 * 256 * scale;
        assert.ok(
          error <= bound + slack,
          `output ${i}, element ${at} is ${ours[at]}, float gives ${wanted}: ${(error / scale).toFixed(2)} steps off; ${about()}`,
        );
      });
      const other = theirs[session.outputNames[i]!]!.data as ArrayLike<number | bigint>;
      const isCodes = got instanceof Int8Array && other instanceof Int8Array;
      const codesApart = Math.ceil(bound / scale + 0.5) - 1 + 1e-9;
      got.forEach((code, at) => {
        const apart = isCodes
          ? Math.abs(code - Number(other[at]))
          : Math.abs((ours[at]! - Number(other[at])) / scale);
        assert.ok(
          apart <= Math.max(1, codesApart) + 1e-3,
          `output ${i}, element ${at} is ${isCodes ? code : ours[at]}, ONNX Runtime has ${other[at]}; ${about()}`,
        );
      });
    });
  }
}

function coveredBy(quant: { readonly scale: number; readonly zeroPoint: number } | null): [number, number] {
  if (quant === null) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return [(-128 - quant.zeroPoint) * quant.scale, (127 - quant.zeroPoint) * quant.scale];
}

function realOf(program: Program, port: ProgramPort, values: ProgramArray): Float32Array {
  const { quant } = program.tensors[port.tensor]!;
  return quant === null
    ? Float32Array.from(values)
    : Float32Array.from(values, (code) => (code - quant.zeroPoint) * quant.scale);
}

/** Values as they lie in memory, in the order of the ONNX shape. */
function inOnnxOrder<Values extends ProgramArray>(
  { onnxShape, layout }: ProgramPort,
  values: Values,
): Values {
  const result = values.slice() as Values;
  const sizes = layout.map((axis) => onnxShape[axis]!);
  const strides = onnxShape.map((_, axis) => elementCount(onnxShape.slice(axis + 1)));
  for (let at = 0; at < values.length; at++) {
    let rest = at;
    let to = 0;
    for (let k = layout.length - 1; k >= 0; k--) {
      to += (rest % sizes[k]!) * strides[layout[k]!]!;
      rest = Math.floor(rest / sizes[k]!);
    }
    result[to] = values[at]!;
  }
  return result;
}
