/** What every printer of a bundle asks about a Program and its plan: C expressions, tables, ports. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { type StreamedInput, streamedInputOf } from '../../program/caller-rows.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import { tensorBytes } from '../../program/plan.ts';
import type { Program } from '../../program/program.ts';
import { fillingByte, stateTensors } from '../../program/state.ts';
import { constantTables } from '../../program/tables.ts';
import {
  DTYPE_BYTES,
  type ProgramArray,
  type ProgramPort,
  type ProgramTensor,
  type TensorId,
} from '../../program/types.ts';

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
  /** Of an input whose rows its caller gives; null for what lies in the arena. */
  readonly streamed: StreamedInput | null;
};

/** How a state tensor gets its first value. */
type StateSlot = {
  readonly details: ProgramTensor;
  readonly bytes: number;
  /** C expression for its address. */
  readonly address: string;
  /** The byte that fills it, or the table that is copied into it. */
  readonly first:
    | { readonly kind: 'fill'; readonly byte: number }
    | { readonly kind: 'copy'; readonly table: string };
};

/** So many elements, as often as a C expression says where there is one; or bytes, a C expression. */
export type Behind = { readonly elements: number; readonly times?: string } | { readonly bytes: string };

export type Layout = {
  readonly tables: readonly Table[];
  /** Bytes of all tables, padding not counted. */
  readonly tableBytes: number;
  readonly ports: readonly Port[];
  readonly state: readonly StateSlot[];
  /** C expression for the address of a tensor, or of what lies so many elements or bytes behind it. */
  readonly address: (tensor: TensorId, behind?: Behind) => string;
  /** C expression for the scratch memory of a step. */
  readonly scratch: (step: number) => string;
};

/**
 * Analyses a Program whose C symbols start with `name`.
 * @param sharing all Programs that share its tables, in an order that is the same for all of them
 */
export function createLayout(
  program: Program,
  plan: MemoryPlan,
  name: string,
  sharing: readonly [Program, ...Program[]] = [program],
): Layout {
  const offsets = new Map(plan.placements.map(({ tensor, offset }) => [tensor, offset]));
  const scratchOffsets = new Map(plan.scratch.map(({ step, offset }) => [step, offset]));
  const contents = constantTables(...sharing);
  const tables = contents.map(({ tensors, ...table }, index): Table => {
    return {
      ...table,
      symbol: `${name}_table${index}`,
      names: tensors.map((id) => program.tensors[id]!.name),
    };
  });
  const symbols = new Map(
    contents.flatMap(({ tensors }, index) => tensors.map((id) => [id, tables[index]!.symbol])),
  );
  const address: Layout['address'] = (tensor, behind = { elements: 0 }) => {
    const offset = offsets.get(tensor);
    const symbol = symbols.get(tensor);
    if (offset === undefined && symbol === undefined) {
      throw new TinymlError('E_INTERNAL', `tensor ${tensor} has no place in the plan`);
    }
    if ('bytes' in behind) {
      return offset === undefined
        ? `(const void *)((const int8_t *)${symbol} + ${behind.bytes})`
        : `AT(${offset} + ${behind.bytes})`;
    }
    const { elements, times = '' } = behind;
    const bytes = DTYPE_BYTES[program.tensors[tensor]!.dtype];
    if (offset !== undefined && times === '') return `AT(${offset + elements * bytes})`;
    if (offset !== undefined) return `AT(${offset} + ${times} * ${elements * bytes})`;
    if (elements === 0) return symbol!;
    return `${symbol} + ${times === '' ? '' : `${times} * `}${elements}`;
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
    ports: modelPorts(program),
    state: stateTensors(program).map(slot),
    address,
    scratch(step) {
      const offset = scratchOffsets.get(step);
      return offset === undefined ? 'NULL' : `AT(${offset})`;
    },
  };
}

/** Inputs, then outputs. */
export function modelPorts(program: Program): readonly Port[] {
  return [...portsOf(program, 'input'), ...portsOf(program, 'output')];
}

/** The ports that lie in the arena: all but an input whose rows its caller gives. */
export function residentPorts({ ports }: Pick<Layout, 'ports'>): readonly Port[] {
  return ports.filter(({ streamed }) => streamed === null);
}

function portsOf(program: Program, direction: 'input' | 'output'): readonly Port[] {
  const ports = direction === 'input' ? program.inputs : program.outputs;
  const streamed = streamedInputOf(program);
  return ports.map((port, index) => {
    const details = program.tensors[port.tensor]!;
    const bytes = tensorBytes(program, port.tensor);
    const label = ports.length === 1 ? direction : `${direction}_${index}`;
    const elements = bytes / DTYPE_BYTES[details.dtype];
    const rows = streamed?.tensor === port.tensor ? streamed : null;
    return { ...port, label, direction, details, elements, bytes, streamed: rows };
  });
}
