/** Kernels in native code, as a Node addon. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import type { Library, Reductions } from './types.ts';
import { CODE_VERSION, STALE } from './version.ts';

/** A Program that the addon has checked and prepared. */
type NativeEngine = { readonly engine: unique symbol };

/** What native/addon/addon.c exports. Every function throws an Error for a wrong call. */
export type Addon = {
  /** Version of the code that `create` takes. */
  readonly version: number;
  /** As Library.isas. */
  readonly isas: readonly string[];
  /** `isa`: the best that kernels may use, an index in `isas`. The error of a bad step has its index as `step`. */
  readonly create: (code: Int32Array, constants: Uint8Array, arenaBytes: number, isa: number) => NativeEngine;
  /** Runs steps [first, end) in the arena, on so many threads. */
  readonly run: (
    engine: NativeEngine,
    arena: Uint8Array,
    first: number,
    end: number,
    threads: number,
  ) => void;
  /** Instruction set of the kernel that was chosen for a step. */
  readonly stepIsa: (engine: NativeEngine, step: number) => string;
} & Reductions;

/** Where scripts/build-native.js puts the addon of this platform. */
export function addonPath(): string {
  return join(packageRoot(), 'prebuilds', `${process.platform}-${process.arch}`, 'tinyml.node');
}

/** The kernels of an addon, or why there are none. */
export function loadAddon(path: string): Library | string {
  try {
    const addon = createRequire(import.meta.url)(path) as Addon;
    return addon.version === CODE_VERSION ? libraryOf(addon) : STALE;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
    return missing ? `not built for ${process.platform}-${process.arch}` : (error as Error).message;
  }
}

function libraryOf({ isas, create, run, stepIsa, ...reductions }: Addon): Library {
  return {
    isas,
    create: ({ code, constants, arenaBytes }, isa) => {
      const engine = create(code, constants, arenaBytes, isas.indexOf(isa));
      const arena = new Uint8Array(new ArrayBuffer(arenaBytes));
      return {
        arena,
        run: (first, end, threads = 1) => run(engine, arena, first, end, threads),
        stepIsa: (step) => stepIsa(engine, step),
      };
    },
    reductions: reductionsOf(reductions),
  };
}

/** The addon takes no memory that another thread may write to: samples come in such. */
function reductionsOf({ extent, countBins, countOctaves, compareCodes }: Reductions): Reductions {
  const unshared = (values: Float32Array): Float32Array =>
    values.buffer instanceof ArrayBuffer ? values : Float32Array.from(values);
  return {
    extent: (values, result) => extent(unshared(values), result),
    countBins: (values, perUnit, counts) => countBins(unshared(values), perUnit, counts),
    countOctaves: (values, counts) => countOctaves(unshared(values), counts),
    compareCodes: (values, ...rest) => compareCodes(unshared(values), ...rest),
  };
}
