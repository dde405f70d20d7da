/**
 * Whether a Program is one: every step calls a kernel that is there with the operands, parameters and constants that its
 * signature asks for, and reads only what is there. Called wherever a Program is about to be run, planned or emitted, so
 * that all of them refuse the same Programs with the same words. The cost grows with the tensors, steps and multipliers.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { accessesOf } from './accesses.ts';
import { faultOfAskedRows } from './caller-rows.ts';
import { signatureOf } from './kernels/index.ts';
import { elementsOf, type Stretch, stretchesOf } from './loops.ts';
import type { Call, Program } from './program.ts';
import { RULES } from './rules.ts';
import { evaluate, type KernelSignature, type Operand, RANGE } from './signature.ts';
import {
  ARRAYS,
  DTYPE_BYTES,
  isInArena,
  type ProgramArray,
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
    if (storage.kind === 'constant' || storage.kind === 'state') ready.add(id);
  });
  for (const port of program.inputs) {
    const place = `input "${port.name}"`;
    verifyPort(program, port, place);
    const { storage } = program.tensors[port.tensor]!;
    if (storage.kind === 'constant' || storage.kind === 'state')
      refuse(place, `is tensor ${port.tensor}, which is ${storage.kind}`);
    if (ready.has(port.tensor)) refuse(place, `is tensor ${port.tensor}, as another input is`);
    ready.add(port.tensor);
  }
  verifyLoops(program);
  for (const stretch of stretchesOf(program)) {
    for (let index = stretch.first; index < stretch.end; index++) {
      verifyStep(program, index, stretch);
    }
    verifyReads(program, stretch, ready);
  }
  const fault = faultOfAskedRows(program);
  if (fault !== null) refuse('what the caller gives', `does not come row by row: ${fault}`);
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

function verifyTensor({ name, dtype, shape, storage }: ProgramTensor, id: TensorId): void {
  const place = `tensor ${id}, "${name}"`;
  if (!Object.hasOwn(DTYPE_BYTES, dtype)) refuse(place, `has the type ${dtype}`);
  const elements = elementsOf({ shape });
  const whole = shape.every((size) => Number.isInteger(size) && size >= 0);
  if (!whole || elements * DTYPE_BYTES[dtype] > RANGE.any[1]) refuse(place, `has the shape [${shape}]`);
  if (storage.kind === 'arena' || storage.kind === 'caller') return;
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

/** Loops follow one another, each with steps, all of which it calls. */
function verifyLoops({ steps, loops = [] }: Program): void {
  let before = 0;
  loops.forEach(({ first, end, calls }, index) => {
    const place = `loop ${index}`;
    const isRange = Number.isInteger(first) && Number.isInteger(end) && first >= before && end > first;
    if (!isRange || end > steps.length) refuse(place, `has the steps ${first} .. ${end - 1}`);
    before = end;
    calls.forEach(({ step: called, inputs, outputs }, k) => {
      const step = called >= first && called < end ? steps[called] : undefined;
      if (step === undefined) refuse(place, `calls step ${called}, which is none of its own`);
      const isComplete = inputs.length === step.inputs.length && outputs.length === step.outputs.length;
      const offsets = [...inputs, ...outputs];
      if (!isComplete || !offsets.every((offset) => Number.isInteger(offset) && offset >= 0)) {
        refuse(place, `has call ${k}, of step ${called}, at the elements [${offsets}]`);
      }
    });
    const called = new Set(calls.map(({ step }) => step));
    if (called.size < end - first) refuse(place, 'never calls one of its steps');
  });
}

function verifyStep(program: Program, index: number, stretch: Stretch): void {
  const step = program.steps[index]!;
  const place = `step ${index}, "${step.name}" (${step.kernel})`;
  const signature = signatureOf(step.kernel) ?? refuse(place, 'calls a kernel that does not exist');
  verifyParams(signature, step.params, place);
  verifyCounts(signature, step, place);
  const ids = [...step.inputs, ...step.constants, ...step.outputs];
  const tensors = ids.map(
    (id, k) =>
      program.tensors[id] ??
      refuse(place, `takes tensor ${id} as "${signature.operands[k]!.name}", which does not exist`),
  );
  const calls = stretch.calls.filter((call) => call.step === index);
  const farthest = (offsets: (call: Call) => readonly number[], count: number): readonly number[] =>
    Array.from({ length: count }, (_, k) =>
      calls.reduce((most, call) => Math.max(most, offsets(call)[k]!), 0),
    );
  const offsets = [
    ...farthest(({ inputs }) => inputs, step.inputs.length),
    ...step.constants.map(() => 0),
    ...farthest(({ outputs }) => outputs, step.outputs.length),
  ];
  const sizes = tensors.map((tensor, k) => elementsOf(tensor) - offsets[k]!);
  signature.operands.forEach((operand, k) => {
    verifyOperand(operand, tensors[k]!, sizes[k]!, step.params, stretch.isLoop, place);
  });
  verifySharing(signature, step, place);
  const { rule } = signature;
  if (rule !== undefined && !RULES[rule](step.params, sizes)) {
    refuse(place, `has parameters that break the rule "${rule}": ${JSON.stringify(step.params)}`);
  }
}

/** What is read was written before, and what a stretch writes is ready behind it. Within loops, of a tensor that is made there, just the elements that were written. */
function verifyReads(program: Program, stretch: Stretch, ready: Set<TensorId>): void {
  const written = new Map<TensorId, Range>();
  const accesses = accessesOf(program, stretch);
  stretch.calls.forEach(({ step: index }, k) => {
    const { reads, writes } = accesses[k]!;
    for (const { tensor, start, end, operand } of reads) {
      const range = written.get(tensor);
      const isThere = range !== undefined && range.start <= start && range.end >= end;
      if (start === end || isThere || ready.has(tensor)) continue;
      const step = program.steps[index]!;
      refuse(
        `step ${index}, "${step.name}" (${step.kernel})`,
        `reads tensor ${tensor} as "${operand}" before anything writes it`,
      );
    }
    for (const { tensor, start, end } of writes) {
      const range = written.get(tensor);
      const meets = range !== undefined && range.start <= end && start <= range.end;
      written.set(
        tensor,
        meets ? { start: Math.min(range.start, start), end: Math.max(range.end, end) } : { start, end },
      );
    }
  });
  for (const [id, { start, end }] of written) {
    if (start === 0 && end === elementsOf(program.tensors[id]!)) ready.add(id);
  }
}

/** Elements of a tensor. */
type Range = { readonly start: number; readonly end: number };

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

/** @param elements of the tensor that the step has before it @param isPart whether it may have more before it than it takes */
function verifyOperand(
  operand: Operand,
  tensor: ProgramTensor,
  elements: number,
  params: Step['params'],
  isPart: boolean,
  place: string,
): void {
  const { name, kind, dtype } = operand;
  if (tensor.dtype !== dtype) refuse(place, `has ${tensor.dtype} as "${name}", the kernel takes ${dtype}`);
  if (kind === 'constant' && tensor.storage.kind !== 'constant') {
    refuse(place, `has a tensor that is no constant as "${name}"`);
  }
  if ((kind === 'output' || kind === 'update') && !isInArena(tensor)) {
    refuse(
      place,
      `writes a ${tensor.storage.kind === 'constant' ? 'constant' : 'tensor of the caller'} as "${name}"`,
    );
  }
  if (operand.elements === null) return;
  const wanted = evaluate(operand.elements, params);
  const mayBeLonger = operand.longer === true || (isPart && operand.kind !== 'constant');
  const fits = wanted === 0 || elements === wanted || (mayBeLonger && elements > wanted);
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
  flags: RANGE.flag,
} as const;

function verifyValues({ name, values }: Operand, data: ProgramArray, place: string): void {
  switch (values) {
    case undefined:
      return;
    case 'multipliers':
    case 'shifts':
    case 'right_shifts':
    case 'wide_shifts':
    case 'factors':
    case 'flags': {
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
