/**
 * The Program: what runs on the device, and exactly what runs here too. An ordered list of integer (or float32)
 * steps on channels-last (NHWC) tensors, with packed constants, Q31 multipliers and clamps.
 * The host executor runs it, the planner plans it, the emitter prints it.
 */

/** Index into Program.tensors. */
export type TensorId = number;

export type ProgramDType = 'int8' | 'uint8' | 'int16' | 'int32' | 'float32';

export const DTYPE_BYTES: Readonly<Record<ProgramDType, number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  float32: 4,
};

export type ProgramTensor = {
  readonly name: string;
  readonly dtype: ProgramDType;
  /** Physical order, row-major: NHWC for images, OHWI for convolution weights. */
  readonly shape: readonly number[];
  /** real = scale * (q - zeroPoint); null for plain numbers. Information for people and ports: steps carry their own constants. */
  readonly quant: { readonly scale: number; readonly zeroPoint: number } | null;
  readonly storage: Storage;
};

/** Where a tensor lies, and for how long. */
export type Storage =
  /** In the arena, from the first step that writes it to the last that uses it. */
  | { readonly kind: 'arena' }
  /** In flash. */
  | { readonly kind: 'constant'; readonly data: ProgramArray }
  /**
   * In the arena, from run to run: `initial` before the first run and after a reset, then whatever steps make of it. They
   * read it as an input, write it as an output, or do both where a kernel works in place or has an operand to update.
   */
  | { readonly kind: 'state'; readonly initial: ProgramArray }
  /** Nowhere on a device: the rows of an input, which its caller gives when a step copies them (streamed-input.ts). */
  | { readonly kind: 'caller' };

export const ARENA: Storage = { kind: 'arena' };

/** Whether a tensor has bytes of the arena, for some steps or for good. */
export function isInArena({ storage }: Pick<ProgramTensor, 'storage'>): boolean {
  return storage.kind === 'arena' || storage.kind === 'state';
}

/**
 * Common part of every step. One call of one kernel: reads `inputs` and `constants`, writes `outputs`.
 * A tensor may be written by several steps, each covering its own part (Concat, Pad, later patches).
 * `params` are plain int32 numbers; they become the fields of the C parameter struct, in camelCase here and
 * snake_case there, in the order the kernel lists them.
 */
export type StepOf<K extends string, P extends Readonly<Record<string, number>>> = {
  readonly kernel: K;
  /** Name of the layer in the model: what reports and profiles print. */
  readonly name: string;
  readonly inputs: readonly TensorId[];
  readonly constants: readonly TensorId[];
  readonly outputs: readonly TensorId[];
  readonly params: P;
};

/** An input or output of the Program. `shape` is the ONNX (NCHW) shape, for documentation. */
export type ProgramPort = {
  readonly name: string;
  readonly tensor: TensorId;
  readonly onnxShape: readonly number[];
  /** Physical axis i holds ONNX axis layout[i] (NHWC of NCHW: [0, 2, 3, 1]). */
  readonly layout: readonly number[];
};

/** Memory a kernel works on: views on the arena (or on constants), one per operand. */
export type Operands = {
  readonly inputs: readonly ProgramArray[];
  readonly constants: readonly ProgramArray[];
  readonly outputs: readonly ProgramArray[];
};

export type ProgramArray = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array;

export const ARRAYS: Readonly<Record<ProgramDType, new (length: number) => ProgramArray>> = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
};

/** The type of the elements of an array. */
export function dtypeOf(data: ProgramArray): ProgramDType {
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int16Array) return 'int16';
  return data instanceof Int32Array ? 'int32' : 'float32';
}
