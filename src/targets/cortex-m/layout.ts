/** What every printer of a bundle asks about a Program and its plan: C expressions, tables, ports. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { tensorBytes } from '../../program/plan.ts';
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

export type Layout = {
  readonly tables: readonly Table[];
  /** Bytes of all tables, padding not counted. */
  readonly tableBytes: number;
  readonly ports: readonly Port[];
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
  return {
    tables,
    tableBytes: tables.reduce((sum, table) => sum + table.data.byteLength, 0),
    ports: [...portsOf(program, 'input'), ...portsOf(program, 'output')],
    address(tensor) {
      const symbol = symbols.get(tensor);
      if (symbol !== undefined) return symbol;
      const offset = offsets.get(tensor);
      if (offset !== undefined) return `AT(${offset})`;
      throw new TinymlError('E_INTERNAL', `tensor ${tensor} has no place in the plan`);
    },
    scratch(step) {
      const offset = scratchOffsets.get(step);
      return offset === undefined ? 'NULL' : `AT(${offset})`;
    },
  };
}

/** Constants that steps or outputs use, each distinct content once. */
function collectTables(
  program: Program,
  name: string,
): { readonly tables: readonly Table[]; readonly symbols: ReadonlyMap<TensorId, string> } {
  const used = [
    ...program.steps.flatMap((step) => [...step.inputs, ...step.constants]),
    ...program.outputs.map((port) => port.tensor),
  ];
  const tables = new Map<string, Table>();
  const symbols = new Map<TensorId, string>();
  for (const id of new Set(used)) {
    const { dtype, shape, storage, name: tensorName } = program.tensors[id]!;
    if (storage.kind !== 'constant') continue;
    const { data } = storage;
    const key = `${dtype} ${sha256Of(bytesOf(data))}`;
    const known = tables.get(key);
    const symbol = known?.symbol ?? `${name}_table${tables.size}`;
    tables.set(key, { symbol, dtype, shape, data, names: [...(known?.names ?? []), tensorName] });
    symbols.set(id, symbol);
  }
  return { tables: [...tables.values()], symbols };
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
