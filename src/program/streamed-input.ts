/**
 * A Program whose input comes in rows of its caller, so that it never has to exist: a first step copies them, and goes through the layers behind
 * it row by row as any other does (row-segments.ts). Law: the same bytes out.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import type { Step } from './kernels/index.ts';
import { elementsOf } from './loops.ts';
import type { Program } from './program.ts';
import { rowShapeOf } from './row-forms.ts';
import { type Piece, segmentOf } from './row-segments.ts';
import { type Rowwise, rowwise } from './rowwise.ts';
import type { ProgramTensor } from './types.ts';
import { withoutUnused } from './unused.ts';

/**
 * The step that copies rows is the first of the Program, and the input whole behind it: what cuts the Program into segments has to make a buffer of that.
 * @throws TinymlError E_USAGE where there are several inputs, or one is no image of int8 codes, or a layer needs it whole
 */
export function withStreamedInput(given: Program): Program {
  const program = withoutConversion(given);
  const [port, ...others] = program.inputs;
  if (port === undefined || others.length > 0)
    throw refusal(`the model has ${program.inputs.length} inputs, and one can be streamed`);
  const whole = program.tensors[port.tensor]!;
  const shape = rowShapeOf(whole);
  const at = `input "${port.name}" [${port.onnxShape.join(', ')}]`;
  if (whole.dtype !== 'int8')
    throw refusal(`its codes are ${whole.dtype}, and the caller gives rows of int8`, at);
  if (shape === null || shape.rows === 1) throw refusal(whyNoRows(whole.shape), at);
  const rowsGiven: ProgramTensor = { ...whole, storage: { kind: 'caller' } };
  const caller = program.tensors.length;
  const { rows, rowElements } = shape;
  const copy: Step = {
    kernel: 'copy_s8',
    name: `rows of ${port.name}`,
    inputs: [caller],
    constants: [],
    outputs: [port.tensor],
    params: {
      ...{ size0: rows, size1: 1, size2: 1, size3: rowElements },
      ...{ inOffset: 0, inStride0: rowElements, inStride1: 0, inStride2: 0, inStride3: 1 },
      ...{ outOffset: 0, outStride0: rowElements, outStride1: 0, outStride2: 0, outStride3: 1 },
    },
  };
  const streamed: Program = {
    ...program,
    tensors: [...program.tensors, rowsGiven],
    inputs: [{ ...port, tensor: caller }],
    steps: [copy, ...program.steps],
  };
  const reader = wholeReaderOf(rowwise(streamed));
  if (reader !== null) throw refusal(`${reader} needs it whole`, at);
  return streamed;
}

/** Rows are codes: where a step alone makes them of a float input, they take its place. */
function withoutConversion(program: Program): Program {
  const readers = program.steps.filter(({ inputs }) => inputs.includes(program.inputs[0]?.tensor ?? -1));
  const [step] = readers;
  if (step?.kernel !== 'quantize_s8' || readers.length > 1 || program.inputs.length > 1) return program;
  const inputs = program.inputs.map((port) => ({ ...port, tensor: step.outputs[0]! }));
  return withoutUnused({ ...program, inputs, steps: program.steps.filter((one) => one !== step) }).program;
}

/** Whether an input that comes in rows lies whole in the arena while some steps run: others read it as well, or its buffer has all rows. */
export function holdsStreamedInput({ program, touches }: Rowwise, { first, end, segment }: Piece): boolean {
  const [copy] = program.steps;
  if (first > 0 || copy === undefined || program.tensors[copy.inputs[0]!]?.storage.kind !== 'caller')
    return false;
  if (segment === null || touches.get(copy.outputs[0]!)!.some((step) => step >= end)) return true;
  const buffer = segment.steps[segment.origins.indexOf(0)]!.outputs[0]!;
  const held = segment.tensors[buffer - program.tensors.length]!;
  return elementsOf(held) >= elementsOf(program.tensors[copy.outputs[0]!]!);
}

/** In words, why no segment has all that read the input; null where one has. */
function wholeReaderOf(whole: Rowwise): string | null {
  const { program, forms, touches } = whole;
  const last = touches.get(program.steps[0]!.outputs[0]!)!.reduce((most, step) => Math.max(most, step), 0);
  const apart = forms.indexOf(null);
  const reach = apart < 0 ? forms.length : apart;
  if (last === program.steps.length) return 'an output';
  const layer = (step: number): string =>
    `layer "${program.steps[step]!.name}" (${program.steps[step]!.kernel})`;
  if (last >= reach) return layer(apart);
  for (let end = last + 1; end <= reach; end++) {
    const segment = segmentOf(whole, 0, end, 0);
    if (segment !== null && !holdsStreamedInput(whole, { first: 0, end, segment })) return null;
  }
  return layer(last);
}

function whyNoRows(shape: ProgramTensor['shape']): string {
  const [batch = 1] = shape;
  if (batch > 1 && shape.length >= 3) return `it is a batch of ${batch}, and rows are those of one image`;
  if (shape.length > 4)
    return `rows are those of an image or a sequence, and it has ${shape.length - 2} axes beside its channels`;
  return 'it has no rows that could come one after the other';
}

function refusal(why: string, at?: string): TinymlError {
  return new TinymlError('E_USAGE', `the input of the model cannot come row by row: ${why}`, {
    at: ['--input streamed', ...(at === undefined ? [] : [at])],
    hint: 'leave --input out: the input then lies in the arena, whole',
  });
}
