/** What every printer of a bundle asks about a Program and its plan: C expressions, tables, ports. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { stateTensors, tensorBytes } from '../../program/plan.ts';
import { fillingByte } from '../../program/state.ts';
import {
  DTYPE_BYTES,
  type MemoryPlan,
  type Program,
  type ProgramArray,
  type ProgramPort,
  type ProgramTensor,
  type TensorId,
} from '../../program/types.ts';
import { bytesOf } from './golden.ts';
import { sha256Of } from './sha256.ts';

/** A constant table in flash. Equal constants of one type share a table. */
export type Table = {
  readonly symbol: string;
  readonly dtype: ProgramTensor['dtype'];
  readonly data: ProgramArray;
  readonly shape: readonly number[];
  /** Names of the tensors it holds. */
  readonly names: readonly string[];
};

/** An input or output of the model as the C API shows it. */
export type Port = ProgramPort & {
  /** `input` or `output`, with `_<index>` where there are several; upper case in macros. */
  readonly label: string;
  readonly direction: 'input' | 'output';
  readonly details: ProgramTensor;
  readonly elements: number;
  readonly bytes: number;
};

/** How a state tensor gets its first value. */
export type StateSlot = {
  readonly details: ProgramTensor;
  readonly bytes: number;
  /** C expression for its address. */
  readonly address: string;
  /** The byte that fills it, or the table that is copied into it. */
  readonly first:
    | { readonly kind: 'fill'; readonly byte: number }
    | { readonly kind: 'copy'; readonly table: string };
};

export type Layout = {
  readonly tables: readonly Table[];
  /** Bytes of all tables, padding not counted. */
  readonly tableBytes: number;
  readonly ports: readonly Port[];
  readonly state: readonly StateSlot[];
  /** C expression for the address of a tensor. */
  readonly address: (tensor: TensorId) => string;
  /** C expression for the scratch memory of a step. */
  readonly scratch: (step: number) => string;
};

/** Analyses a Program whose C symbols start with `name`. */
export function createLayout(program: Program, plan: MemoryPlan, name: string): Layout {
  const offsets = new Map(plan.placements.map(({ tensor, offset }) => [tensor, offset]));
  const scratchOffsets = new Map(plan.scratch.map(({ step, offset }) => [step, offset]));
  const { tables, symbols } = collectTables(program, name);
  const address = (tensor: TensorId): string => {
    const offset = offsets.get(tensor);
    if (offset !== undefined) return `AT(${offset})`;
    const symbol = symbols.get(tensor);
    if (symbol !== undefined) return symbol;
    throw new TinymlError('E_INTERNAL', `tensor ${tensor} has no place in the plan`);
  };
  const slot = (tensor: TensorId): StateSlot => {
    const byte = fillingByte(program.tensors[tensor]!);
    return {
      details: program.tensors[tensor]!,
      bytes: tensorBytes(program, tensor),
      address: address(tensor),
      first: byte === null ? { kind: 'copy', table: symbols.get(tensor)! } : { kind: 'fill', byte },
    };
  };
  return {
    tables,
    tableBytes: tables.reduce((sum, table) => sum + table.data.byteLength, 0),
    ports: [...portsOf(program, 'input'), ...portsOf(program, 'output')],
    state: stateTensors(program).map(slot),
    address,
    scratch(step) {
      const offset = scratchOffsets.get(step);
      return offset === undefined ? 'NULL' : `AT(${offset})`;
    },
  };
}

/** Constants that steps or outputs use, and first values of state that are not one byte over and over; each distinct content once. */
function collectTables(
  program: Program,
  name: string,
): { readonly tables: readonly Table[]; readonly symbols: ReadonlyMap<TensorId, string> } {
  const used = [
    ...program.steps.flatMap((step) => [...step.inputs, ...step.constants]),
    ...program.outputs.map((port) => port.tensor),
    ...stateTensors(program),
  ];
  const tables = new Map<string, Table>();
  const symbols = new Map<TensorId, string>();
  for (const id of new Set(used)) {
    const { dtype, shape, name: tensorName } = program.tensors[id]!;
    const data = tableOf(program.tensors[id]!);
    if (data === null) continue;
    const key = `${dtype} ${sha256Of(bytesOf(data))}`;
    const known = tables.get(key);
    const symbol = known?.symbol ?? `${name}_table${tables.size}`;
    tables.set(key, { symbol, dtype, shape, data, names: [...(known?.names ?? []), tensorName] });
    symbols.set(id, symbol);
  }
  return { tables: [...tables.values()], symbols };
}

/** What of a tensor is kept in flash. */
function tableOf(tensor: ProgramTensor): ProgramArray | null {
  switch (tensor.storage.kind) {
    case 'arena':
      return null;
    case 'constant':
      return tensor.storage.data;
    case 'state':
      return fillingByte(tensor) === null ? tensor.storage.initial : null;
  }
}

function portsOf(program: Program, direction: 'input' | 'output'): readonly Port[] {
  const ports = direction === 'input' ? program.inputs : program.outputs;
  return ports.map((port, index) => {
    const details = program.tensors[port.tensor]!;
    const bytes = tensorBytes(program, port.tensor);
    const label = ports.length === 1 ? direction : `${direction}_${index}`;
    return { ...port, label, direction, details, elements: bytes / DTYPE_BYTES[details.dtype], bytes };
  });
}
