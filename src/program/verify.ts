/**
 * Whether a Program is one: every step calls a kernel that is there with the operands, parameters and constants that its
 * signature asks for, and reads only what is there. Called wherever a Program is about to be run, planned or emitted, so
 * that all of them refuse the same Programs with the same words. The cost grows with the tensors, steps and multipliers.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { signatureOf } from './kernels/index.ts';
import { blockTensors, elementsInBlock, type Stretch, stretchOfSteps } from './loops.ts';
import type { Program } from './program.ts';
import { RULES } from './rules.ts';
import { evaluate, type KernelSignature, type Operand, RANGE } from './signature.ts';
import {
  DTYPE_BYTES,
  type ProgramArray,
  type ProgramDType,
  type ProgramPort,
  type ProgramTensor,
  type TensorId,
} from './types.ts';

type Step = Program['steps'][number];

/** @throws TinymlError E_PROGRAM with the place and what is wrong there: a fault of what made the Program */
export function verifyProgram(program: Program): void {
  program.tensors.forEach(verifyTensor);
  const ready = new Set<TensorId>();
  program.tensors.forEach(({ storage }, id) => {
    if (storage.kind !== 'arena') ready.add(id);
  });
  for (const port of program.inputs) {
    const place = `input "${port.name}"`;
    verifyPort(program, port, place);
    const { storage } = program.tensors[port.tensor]!;
    if (storage.kind !== 'arena') refuse(place, `is tensor ${port.tensor}, which is ${storage.kind}`);
    if (ready.has(port.tensor)) refuse(place, `is tensor ${port.tensor}, as another input is`);
    ready.add(port.tensor);
  }
  verifyLoops(program);
  const stretches = stretchOfSteps(program);
  program.steps.forEach((step, index) => {
    verifyStep(program, step, `step ${index}, "${step.name}" (${step.kernel})`, ready, stretches[index]!);
    for (const id of step.outputs) ready.add(id);
  });
  for (const port of program.outputs) {
    const place = `output "${port.name}"`;
    verifyPort(program, port, place);
    if (!ready.has(port.tensor)) refuse(place, `is tensor ${port.tensor}, which no step writes`);
  }
}

function refuse(place: string, fault: string): never {
  throw new TinymlError('E_PROGRAM', `the program is malformed: ${place} ${fault}`, {
    at: place,
    hint: 'the fault lies in what made the program: please report it',
  });
}

const ARRAYS: Readonly<Record<ProgramDType, new (length: number) => ProgramArray>> = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
};

function elementsOf({ shape }: Pick<ProgramTensor, 'shape'>): number {
  return shape.reduce((product, size) => product * size, 1);
}

function verifyTensor({ name, dtype, shape, storage }: ProgramTensor, id: TensorId): void {
  const place = `tensor ${id}, "${name}"`;
  if (!Object.hasOwn(DTYPE_BYTES, dtype)) refuse(place, `has the type ${dtype}`);
  const elements = elementsOf({ shape });
  const whole = shape.every((size) => Number.isInteger(size) && size >= 0);
  if (!whole || elements * DTYPE_BYTES[dtype] > RANGE.any[1]) refuse(place, `has the shape [${shape}]`);
  if (storage.kind === 'arena') return;
  const data = storage.kind === 'constant' ? storage.data : storage.initial;
  if (!(data instanceof ARRAYS[dtype])) refuse(place, `has no ${dtype} data`);
  if (data.length !== elements) refuse(place, `has ${data.length} values of data for ${elements} elements`);
}

function verifyPort(program: Program, { tensor: id, onnxShape, layout }: ProgramPort, place: string): void {
  const tensor = program.tensors[id] ?? refuse(place, `is tensor ${id}, which does not exist`);
  const axes = [...layout].sort((a, b) => a - b);
  if (axes.length !== onnxShape.length || axes.some((axis, i) => axis !== i)) {
    refuse(place, `has the layout [${layout}] for the shape [${onnxShape}]`);
  }
  if (elementsOf({ shape: onnxShape }) !== elementsOf(tensor)) {
    refuse(place, `has the shape [${onnxShape}] for tensor ${id} of ${elementsOf(tensor)} elements`);
  }
  const { dtype, quant } = tensor;
  if (quant === null) return;
  const { scale, zeroPoint } = quant;
  // Codes of 16 bits are symmetric.
  const [least, most] = dtype === 'int16' ? [0, 0] : RANGE.code;
  const fits = Number.isInteger(zeroPoint) && zeroPoint >= least && zeroPoint <= most;
  if ((dtype !== 'int8' && dtype !== 'int16') || !fits || !(scale > 0 && scale < Number.POSITIVE_INFINITY)) {
    refuse(place, `is ${dtype} with the scale ${scale} and the zero point ${zeroPoint}`);
  }
}

/** Loops follow one another, each with steps; tensors move on within their bounds, and what stays is the loop's own or only read. */
function verifyLoops(program: Program): void {
  const { steps, tensors, inputs, outputs, loops = [] } = program;
  let before = 0;
  loops.forEach((loop, index) => {
    const place = `loop ${index}`;
    const { first, end, times, advances } = loop;
    const isRange = Number.isInteger(first) && Number.isInteger(end) && first >= before && end > first;
    if (!isRange || end > steps.length) refuse(place, `has the steps ${first} .. ${end - 1}`);
    if (!Number.isInteger(times) || times < 1) refuse(place, `runs ${times} times`);
    before = end;
    for (const [id, advance] of advances) {
      const tensor = tensors[id] ?? refuse(place, `moves on in tensor ${id}, which does not exist`);
      if (!Number.isInteger(advance) || advance < 1 || elementsInBlock(tensor, loop, id) < 1) {
        refuse(place, `moves on by ${advance} of the ${elementsOf(tensor)} elements of tensor ${id}`);
      }
    }
    const own = blockTensors(program, loop);
    const seen = new Set([
      ...[...inputs, ...outputs].map(({ tensor }) => tensor),
      ...[...steps.slice(0, first), ...steps.slice(end)].flatMap((step) => [...step.inputs, ...step.outputs]),
    ]);
    for (const id of own) {
      if (tensors[id]?.storage.kind === 'state' || seen.has(id)) {
        refuse(place, `writes tensor ${id} anew for every block, which others see`);
      }
    }
  });
}

function verifyStep(
  program: Program,
  step: Step,
  place: string,
  ready: ReadonlySet<TensorId>,
  loop: Stretch,
): void {
  const signature = signatureOf(step.kernel) ?? refuse(place, 'calls a kernel that does not exist');
  verifyParams(signature, step.params, place);
  const ids = [...step.inputs, ...step.constants, ...step.outputs];
  verifyCounts(signature, step, place);
  const tensors = ids.map(
    (id, k) =>
      program.tensors[id] ??
      refuse(place, `takes tensor ${id} as "${signature.operands[k]!.name}", which does not exist`),
  );
  const sizes = tensors.map((tensor, k) => elementsInBlock(tensor, loop, ids[k]!));
  signature.operands.forEach((operand, k) => {
    verifyOperand(operand, tensors[k]!, sizes[k]!, step.params, place);
    const reads = operand.kind === 'input' || operand.kind === 'update';
    if (reads && !ready.has(ids[k]!)) {
      refuse(place, `reads tensor ${ids[k]} as "${operand.name}" before anything writes it`);
    }
  });
  verifySharing(signature, step, place);
  const { rule } = signature;
  if (rule !== undefined && !RULES[rule](step.params, sizes)) {
    refuse(place, `has parameters that break the rule "${rule}": ${JSON.stringify(step.params)}`);
  }
}

function verifyParams({ params }: KernelSignature, values: Step['params'], place: string): void {
  for (const [name, [least, most]] of Object.entries(params)) {
    const value: unknown = (values as Readonly<Record<string, unknown>>)[name];
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      refuse(place, `has ${name} = ${value}, which is no integer in ${least} .. ${most}`);
    }
  }
}

function verifyCounts({ operands }: KernelSignature, step: Step, place: string): void {
  const count = (...kinds: readonly string[]) => operands.filter(({ kind }) => kinds.includes(kind)).length;
  const wanted = {
    inputs: count('input'),
    constants: count('constant'),
    outputs: count('output', 'update'),
  } as const;
  for (const role of ['inputs', 'constants', 'outputs'] as const) {
    const { length } = step[role];
    if (length !== wanted[role]) refuse(place, `has ${length} ${role}, the kernel takes ${wanted[role]}`);
  }
}

/** @param elements of the tensor that the step has before it */
function verifyOperand(
  operand: Operand,
  tensor: ProgramTensor,
  elements: number,
  params: Step['params'],
  place: string,
): void {
  const { name, kind, dtype } = operand;
  if (tensor.dtype !== dtype) refuse(place, `has ${tensor.dtype} as "${name}", the kernel takes ${dtype}`);
  if (kind === 'constant' && tensor.storage.kind !== 'constant') {
    refuse(place, `has a tensor that is no constant as "${name}"`);
  }
  if ((kind === 'output' || kind === 'update') && tensor.storage.kind === 'constant') {
    refuse(place, `writes a constant as "${name}"`);
  }
  if (operand.elements === null) return;
  const wanted = evaluate(operand.elements, params);
  const fits = wanted === 0 || elements === wanted || (operand.longer === true && elements > wanted);
  if (!fits) {
    refuse(place, `has ${elements} elements as "${name}", the parameters say ${wanted}`);
  }
  if (tensor.storage.kind === 'constant') verifyValues(operand, tensor.storage.data, place);
}

const VALUES = {
  multipliers: RANGE.multiplier,
  shifts: RANGE.shift,
  right_shifts: RANGE.rightShift,
  wide_shifts: RANGE.wideShift,
  factors: RANGE.factor,
} as const;

function verifyValues({ name, values }: Operand, data: ProgramArray, place: string): void {
  switch (values) {
    case undefined:
      return;
    case 'multipliers':
    case 'shifts':
    case 'right_shifts':
    case 'wide_shifts':
    case 'factors': {
      const [least, most] = VALUES[values];
      const wrong = data.findIndex((value) => value < least || value > most);
      if (wrong >= 0) refuse(place, `has ${name}[${wrong}] = ${data[wrong]}, not in ${least} .. ${most}`);
      return;
    }
    case 'bounds':
      if (!(data[0]! <= data[1]!)) refuse(place, `has the bounds ${data[0]} .. ${data[1]}, not in order`);
  }
}

/** An output is no other operand, but for an input that the kernel may overwrite. */
function verifySharing({ inPlace = [] }: KernelSignature, { inputs, outputs }: Step, place: string): void {
  outputs.forEach((id, n) => {
    if (outputs.indexOf(id) !== n) refuse(place, `writes tensor ${id} twice`);
    inputs.forEach((read, k) => {
      if (read === id && !(n === 0 && inPlace.includes(k))) {
        refuse(place, `writes tensor ${id} over an input that it still reads`);
      }
    });
  });
}
