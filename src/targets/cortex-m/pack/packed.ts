/** A step whose constants are laid out for a core, before they are tensors. */
import type { Step } from '../../../program/kernels/index.ts';
import type { ProgramArray } from '../../../program/types.ts';

export type StepWith<K extends Step['kernel']> = Extract<Step, { readonly kernel: K }>;

export type Packed = {
  readonly step: Step;
  /** Made when they are asked for: by their names, in the order of the kernel. */
  readonly constants: () => Readonly<Record<string, Int8Array | Int32Array>>;
};

/** What the constants of a step hold. */
export type ConstantsOf = (step: Step) => readonly ProgramArray[];

/** What is made of the weights of a layer, and of all else that it says, is made once: forms of it on some rows of an image say the same. */
export function perLayer<L extends { readonly weights: Int8Array }, T>(
  make: (layer: L, option: number) => T,
): (layer: L, option?: number) => T {
  type Made = { readonly layer: L; readonly option: number; readonly value: T };
  const known = new WeakMap<Int8Array, Made[]>();
  return (layer, option = 0) => {
    const own = known.get(layer.weights) ?? [];
    known.set(layer.weights, own);
    const isSame = (one: Made): boolean =>
      one.option === option &&
      Object.entries(layer).every(([key, value]) => one.layer[key as keyof L] === value);
    const found = own.find(isSame);
    if (found !== undefined) return found.value;
    const value = make(layer, option);
    own.push({ layer, option, value });
    return value;
  };
}

/** Whether outputs are clamped to nothing but int8. */
export function isWholeRange(params: { readonly actMin: number; readonly actMax: number }): boolean {
  return params.actMin === -128 && params.actMax === 127;
}
