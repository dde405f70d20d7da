/** Which kernels run Programs here: native ones where they load, else the TypeScript reference. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { packageRoot } from '../package-root.ts';
import { CODE_VERSION } from './encode.ts';

/** A Program that the addon has checked and prepared. */
export type NativeEngine = { readonly engine: unique symbol };

/** Weights that the addon has laid out. */
export type NativeProduct = { readonly product: unique symbol };

/** What native/addon/addon.c exports. Every function throws an Error for a wrong call. */
export type Addon = {
  /** Version of the code that `create` takes. */
  readonly version: number;
  /** Instruction sets of this processor, each including those before it: "generic", "avx2", "avx512vnni". */
  readonly isas: readonly string[];
  /** `isa`: the best that kernels may use, an index in `isas`. The error of a bad step has its index as `step`. */
  readonly create: (code: Int32Array, constants: Uint8Array, arenaBytes: number, isa: number) => NativeEngine;
  /** Runs steps [first, end) in the arena. */
  readonly run: (engine: NativeEngine, arena: Uint8Array, first: number, end: number) => void;
  /** Instruction set of the kernel that was chosen for a step. */
  readonly stepIsa: (engine: NativeEngine, step: number) => string;
  /** As MakeProduct (src/ops/products.ts). */
  readonly createProduct: (
    weights: Float32Array,
    bias: Float64Array,
    offsets: Int32Array,
    starts: Int32Array,
    groups: number,
    rows: number,
    groupStride: number,
    rowStride: number,
    columnStride: number,
    isa: number,
  ) => NativeProduct;
  readonly runProduct: (
    product: NativeProduct,
    x: Float32Array,
    from: number,
    out: Float32Array | Float64Array,
    outStart: number,
  ) => void;
};

export type Kernels =
  | { readonly kind: 'native'; readonly addon: Addon; readonly isa: string }
  | { readonly kind: 'typescript'; readonly reason: string };

/**
 * Native kernels where the addon of this platform loads, else TypeScript, and why. Two variables choose otherwise:
 * TINYML_ENGINE=native|typescript and TINYML_ISA=native|generic|avx2|avx512vnni.
 * @throws TinymlError E_USAGE for a variable that is wrong or asks for what is not there
 */
export function loadKernels(
  environment: NodeJS.ProcessEnv = process.env,
  path: string = addonPath(),
): Kernels {
  const wanted = environment.TINYML_ENGINE || 'any';
  switch (wanted) {
    case 'typescript':
      return { kind: 'typescript', reason: 'TINYML_ENGINE=typescript' };
    case 'any':
    case 'native': {
      const loaded = loadAddon(path);
      if (typeof loaded !== 'string') {
        return { kind: 'native', addon: loaded, isa: chooseIsa(loaded, environment.TINYML_ISA || 'native') };
      }
      if (wanted === 'any') return { kind: 'typescript', reason: loaded };
      throw new TinymlError('E_USAGE', `there are no native kernels: ${loaded}`, {
        at: 'TINYML_ENGINE=native',
        hint: 'in a checkout of tinyml, "npm run build" compiles them with the C compiler of this machine',
      });
    }
    default:
      throw new TinymlError('E_USAGE', `"${wanted}" is no engine`, {
        at: `TINYML_ENGINE=${wanted}`,
        hint: 'set it to native or typescript, or leave it out',
      });
  }
}

/** Where scripts/build-native.js puts the addon of this platform. */
export function addonPath(): string {
  return join(packageRoot(), 'prebuilds', `${process.platform}-${process.arch}`, 'tinyml.node');
}

/** The addon, or why there is none. */
function loadAddon(path: string): Addon | string {
  try {
    const addon = createRequire(import.meta.url)(path) as Addon;
    return addon.version === CODE_VERSION ? addon : 'they were built from other sources';
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
    return missing ? `not built for ${process.platform}-${process.arch}` : (error as Error).message;
  }
}

function chooseIsa({ isas }: Addon, wanted: string): string {
  const isa = wanted === 'native' ? isas.at(-1) : isas.find((name) => name === wanted);
  if (isa !== undefined) return isa;
  throw new TinymlError('E_USAGE', `this processor has no instruction set "${wanted}"`, {
    at: `TINYML_ISA=${wanted}`,
    hint: `set it to one of native, ${isas.join(', ')}, or leave it out`,
  });
}
