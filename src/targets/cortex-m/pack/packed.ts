/** A step whose constants are laid out for a core, before they are tensors. */
import type { Step } from '../../../program/kernels/index.ts';
import type { ProgramArray } from '../../../program/types.ts';

export type StepWith<K extends Step['kernel']> = Extract<Step, { readonly kernel: K }>;

/** Constants by their names, in the order of the kernel. */
export type Packed = {
  readonly step: Step;
  readonly constants: Readonly<Record<string, Int8Array | Int32Array>>;
};

/** What the constants of a step hold. */
export type ConstantsOf = (step: Step) => readonly ProgramArray[];

/** Whether outputs are clamped to nothing but int8. */
export function isWholeRange(params: { readonly actMin: number; readonly actMax: number }): boolean {
  return params.actMin === -128 && params.actMax === 127;
}
