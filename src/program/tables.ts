/** The constant tables of a Program as they lie in flash: equal constants of one type share a table. */
import { createHash } from 'node:crypto';
import type { Program } from './program.ts';
import { fillingByte, stateTensors } from './state.ts';
import type { ProgramArray, ProgramTensor, TensorId } from './types.ts';

type ConstantTable = {
  readonly dtype: ProgramTensor['dtype'];
  readonly data: ProgramArray;
  readonly shape: readonly number[];
  /** Tensors that it holds, in the order of their first use. */
  readonly tensors: readonly TensorId[];
};

/**
 * Constants that steps or outputs use, and first values of state that are not one byte over and over; each distinct content
 * once, in the order of first use.
 * @param others Programs of the same tensors
 */
export function constantTables(program: Program, ...others: readonly Program[]): readonly ConstantTable[] {
  const used = new Set([
    ...[program, ...others].flatMap(({ steps, outputs }) => [
      ...steps.flatMap((step) => [...step.inputs, ...step.constants]),
      ...outputs.map((port) => port.tensor),
    ]),
    ...stateTensors(program),
  ]);
  const tables = new Map<string, ConstantTable & { readonly tensors: TensorId[] }>();
  for (const id of used) {
    const { dtype, shape } = program.tensors[id]!;
    const data = tableOf(program.tensors[id]!);
    if (data === null) continue;
    const key = `${dtype} ${contentOf(data)}`;
    const known = tables.get(key);
    if (known === undefined) tables.set(key, { dtype, shape, data, tensors: [id] });
    else known.tensors.push(id);
  }
  return [...tables.values()];
}

/** Bytes of all constant tables, padding not counted. @param others Programs of the same tensors */
export function tableBytes(program: Program, ...others: readonly Program[]): number {
  return constantTables(program, ...others).reduce((sum, { data }) => sum + data.byteLength, 0);
}

/** What of a tensor is kept in flash. */
function tableOf(tensor: ProgramTensor): ProgramArray | null {
  switch (tensor.storage.kind) {
    case 'arena':
    case 'caller':
      return null;
    case 'constant':
      return tensor.storage.data;
    case 'state':
      return fillingByte(tensor) === null ? tensor.storage.initial : null;
  }
}

function contentOf(data: ProgramArray): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return createHash('sha256').update(bytes).digest('base64');
}
