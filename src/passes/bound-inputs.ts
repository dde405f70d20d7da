/** Inputs that are given a value once and for all: constants of the graph, which is folded with them. */
import * as z from 'zod';
import { TinymlError } from '../diagnostics/errors.ts';
import { checkJson } from '../diagnostics/json-file.ts';
import { allocate, elementCount, toNumbers } from '../graph/tensor.ts';
import type { Dim, DType, ImportedModel, Tensor } from '../graph/types.ts';
import { inputNamed } from './input-named.ts';

/** Elements of bound inputs by name, row-major; one element fills an input of any shape. */
export type BoundInputs = ReadonlyMap<string, readonly number[]>;

/** The value is a JSON object: of every input that was bound, its elements. */
const KEY = 'tinyml.bound';

/** Bound inputs are switches and sizes: most elements of one, most inputs, and the longest entry that is read. */
const MAX_BOUND = 1 << 12;
const MAX_INPUTS = 100;
const MAX_TEXT = 1 << 22;

const schema = z
  .record(z.string(), z.array(z.number()).min(1).max(MAX_BOUND))
  .refine((bound) => Object.keys(bound).length <= MAX_INPUTS, `more than ${MAX_INPUTS} inputs`);

/**
 * Which inputs were bound on the way to a model, as its metadata says.
 * @throws TinymlError E_ONNX_INVALID where the entry is not what `withBoundInputs` writes
 */
export function boundInputs({ metadata }: { readonly metadata: ReadonlyMap<string, string> }): BoundInputs {
  const text = metadata.get(KEY);
  if (text === undefined) return new Map();
  return new Map(Object.entries(checkJson(schema, parsed(text), `metadata "${KEY}"`, 'E_ONNX_INVALID')));
}

/**
 * Law: the model computes what it did for these values of these inputs, and takes the other inputs only. What was bound is
 * kept in the metadata. Binding an input of which the file says that it was bound to the same changes nothing.
 * @throws TinymlError E_USAGE for inputs that the model does not have or that carry state, where none would be left, for
 *   values that are not of the type of the input, and for too many or too few
 */
export function withBoundInputs(model: ImportedModel, bound: BoundInputs): ImportedModel {
  const before = boundInputs(model);
  const open = [...bound].filter(([name, values]) => !isBound(model, before, name, values));
  if (open.length === 0) return model;
  const constants = open.map(([name, values]) => [name, boundTensor(model, name, values)] as const);
  const names = new Set(constants.map(([name]) => name));
  const inputs = model.inputs.filter(({ name }) => !names.has(name));
  if (inputs.length === 0) {
    throw new TinymlError('E_USAGE', 'every input is bound, and none is left for data', {
      at: open.map(([name, values]) => placeOf(name, values)),
      hint: 'bind only inputs that stay the same in every run',
    });
  }
  const all = new Map([...before, ...constants.map(([name, { data }]) => [name, toNumbers(data)] as const)]);
  return {
    ...model,
    inputs,
    constants: new Map([...model.constants, ...constants]),
    metadata: new Map([...model.metadata, [KEY, JSON.stringify(Object.fromEntries(all))]]),
  };
}

function placeOf(name: string, values: readonly number[]): string {
  return `--bind ${name}=${values}`;
}

/** @throws TinymlError E_USAGE where it was bound to something else */
function isBound(
  { inputs }: ImportedModel,
  before: BoundInputs,
  name: string,
  values: readonly number[],
): boolean {
  const old = before.get(name);
  if (old === undefined || inputs.some((input) => input.name === name)) return false;
  const same = old.every((value, i) => value === (values.length === 1 ? values[0] : values[i]));
  if (same && (values.length === 1 || values.length === old.length)) return true;
  throw new TinymlError('E_USAGE', `the model was made with input "${name}" bound to ${old}`, {
    at: placeOf(name, values),
    hint: 'make it again of the file that has this input, or leave out --bind',
  });
}

function boundTensor(model: ImportedModel, name: string, values: readonly number[]): Tensor {
  const at = placeOf(name, values);
  const { dtype, shape: dims } = inputNamed(model, name, at);
  if (model.state.some(({ input }) => input === name)) {
    throw new TinymlError('E_USAGE', `input "${name}" carries state from run to run`, {
      at,
      hint: 'it cannot be bound',
    });
  }
  const shape = boundShape(dims, values.length);
  const count = elementCount(shape);
  if (count > MAX_BOUND || (values.length !== 1 && values.length !== count)) {
    const shown = dims.length === 0 ? 'a scalar' : `of shape ${dims.map((dim) => dim ?? '?').join('x')}`;
    throw new TinymlError('E_USAGE', `input "${name}" is ${shown}, and ${values.length} value(s) are given`, {
      at,
      hint: `give one value for all elements, or as many as there are; at most ${MAX_BOUND} can be bound`,
    });
  }
  const data = allocate(dtype, count);
  for (let i = 0; i < count; i++) {
    const value = values.length === 1 ? values[0]! : values[i]!;
    if (!isOfType(value, dtype)) {
      throw new TinymlError('E_USAGE', `input "${name}" is ${dtype}, which has no ${value}`, {
        at,
        hint: dtype === 'bool' ? 'give 0 or 1' : 'give a value of that type',
      });
    }
    data[i] = typeof data[i] === 'bigint' ? BigInt(value) : value;
  }
  return { dtype, shape, data };
}

/** Open axes are 1, but the only axis of a list is as long as the list. */
function boundShape(dims: readonly Dim[], count: number): readonly number[] {
  return dims.map((dim) => (typeof dim === 'number' ? dim : dims.length === 1 ? count : 1));
}

function isOfType(value: number, dtype: DType): boolean {
  switch (dtype) {
    case 'float32':
    case 'float16':
    case 'bfloat16':
      return Number.isFinite(Math.fround(value));
    case 'float64':
      return Number.isFinite(value);
    case 'bool':
      return value === 0 || value === 1;
    case 'int8':
    case 'int16':
    case 'int32':
      return isInteger(value, -(2 ** (bitsOf(dtype) - 1)), 2 ** (bitsOf(dtype) - 1) - 1);
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return isInteger(value, 0, 2 ** bitsOf(dtype) - 1);
    case 'int64':
      return Number.isSafeInteger(value);
    case 'uint64':
      return Number.isSafeInteger(value) && value >= 0;
    default:
      return unknownType(dtype);
  }
}

function isInteger(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function bitsOf(dtype: `${'u' | ''}int${8 | 16 | 32}`): number {
  return Number(/\d+/.exec(dtype)![0]);
}

function parsed(text: string): unknown {
  if (text.length > MAX_TEXT) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unknownType(dtype: never): never {
  throw new TinymlError('E_INTERNAL', `unknown element type ${String(dtype)}`);
}
