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

/** Where code and weights lie. */
type FlashRegion = MemoryRegion & {
  /** Cycles of the core, at its highest clock, that a read waits for which no buffer holds; absent where no document was found. */
  readonly waitStates?: { readonly count: number; readonly source: string } | undefined;
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
  readonly flash: readonly FlashRegion[];
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

/** A Jetson module, with every JetPack that runs on it. */
export type JetsonProfile = {
  readonly kind: 'jetson';
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  /** Ids in the device tree or EEPROM, e.g. p3767-0003. */
  readonly moduleIds: readonly string[];
  readonly gpu: {
    readonly architecture: 'maxwell' | 'pascal' | 'volta' | 'ampere' | 'blackwell';
    /** Compute capability times ten: 87 is sm_87. */
    readonly sm: number;
    /** Streaming multiprocessors. */
    readonly smCount: number;
  };
  /** Shared by CPU and GPU. `bandwidth` in bytes a second. */
  readonly memory: { readonly bytes: number; readonly bandwidth: number };
  readonly precisions: {
    readonly fp16: boolean;
    readonly bf16: boolean;
    readonly int8: boolean;
    readonly int4: boolean;
    readonly fp8: boolean;
    readonly fp4: boolean;
    /** 2:4 sparsity of weights. */
    readonly sparse: boolean;
  };
  readonly dla: { readonly cores: number; readonly version: 1 | 2; readonly sramBytes: number } | null;
  /** The first is what `--power-mode` is unless told otherwise. */
  readonly powerModes: readonly PowerMode[];
  /** From old to new; the last is what `--jetpack` is unless told otherwise. */
  readonly software: readonly JetsonSoftware[];
  readonly limits: { readonly workspaceBytes: number; readonly buildRamBytes: number };
  /** What each group of numbers stands on, by the name of its field. */
  readonly sources: Readonly<
    Record<'gpu' | 'memory' | 'precisions' | 'dla' | 'powerModes' | 'software' | 'limits', string>
  >;
};

export type PowerMode = {
  /** As nvpmodel names it, without the MODE_ that some releases put in front. */
  readonly name: string;
  readonly watts: number | null;
  /** Highest clock of the GPU; null where no document was found. */
  readonly gpuHz: number | null;
  /** Streaming multiprocessors that are on; null for all. */
  readonly smActive: number | null;
  /** Lowest JetPack that has it; null for all. */
  readonly since: string | null;
};

export type JetsonSoftware = {
  /** e.g. "6.2". */
  readonly jetpack: string;
  readonly l4t: string;
  /** e.g. "10.3.0". */
  readonly tensorrt: string;
  readonly cuda: string;
  readonly ubuntu: string;
  /** e.g. "3.10". */
  readonly python: string;
  readonly gcc: string;
  /** Whether TensorRT of this JetPack builds for the DLA of this module. */
  readonly dla: boolean;
  /** DeepStream that goes with it; null where none does. */
  readonly deepstream: string | null;
};

/** A target. Told apart by `kind`. */
export type Profile = CortexMProfile | HostProfile | JetsonProfile;
