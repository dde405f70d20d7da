/**
 * Device profiles as the rest of the program sees them. Kept apart from the schema so that zod is loaded only
 * where a profile is read; `schema.ts` is checked against these types.
 */

export type CortexMCore =
  | 'cortex-m0plus'
  | 'cortex-m3'
  | 'cortex-m4'
  | 'cortex-m7'
  | 'cortex-m23'
  | 'cortex-m33'
  | 'cortex-m55'
  | 'cortex-m85';

/** One contiguous range of addresses: [address, address + bytes). */
export type MemoryRegion = {
  readonly name: string;
  readonly address: number;
  readonly bytes: number;
  readonly note?: string | undefined;
  /** Document and section, or public file, that supports the numbers. */
  readonly source: string;
};

type CortexMFeatures = {
  readonly dsp: boolean;
  readonly mve: 'none' | 'integer' | 'float';
  readonly fpu: 'none' | 'single' | 'double';
};

export type CortexMProfile = {
  readonly kind: 'cortex-m';
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly core: CortexMCore;
  readonly features: CortexMFeatures;
  /** Highest clock of the core, in Hz. */
  readonly clockHz: number;
  readonly ram: readonly MemoryRegion[];
  /** Name of the RAM region that holds the tensor arena unless told otherwise. */
  readonly arena: string;
  /** Code and weights; the first region holds the vectors. */
  readonly flash: readonly MemoryRegion[];
  /** Set for boards that QEMU emulates: the machine name of qemu-system-arm. */
  readonly qemu?: { readonly machine: string } | undefined;
  readonly sources: { readonly core: string; readonly clockHz: string };
};

/** A runtime on a host that takes the quantised ONNX file itself. */
export type HostProfile = {
  readonly kind: 'host';
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly runtime: 'onnxruntime';
  readonly architecture: 'x64';
  /** Type of the codes of activations that the runtime computes with in integers. */
  readonly activations: 'int8' | 'uint8';
  readonly sources: { readonly activations: string };
};

/** A target. Told apart by `kind`. */
export type Profile = CortexMProfile | HostProfile;
