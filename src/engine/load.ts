/** Which kernels run Programs here: native code where it loads, else WebAssembly, else the TypeScript reference. */
import { TinymlError } from '../diagnostics/errors.ts';
import { addonPath, loadAddon } from './addon.ts';
import type { Library } from './types.ts';
import { loadWasm, wasmPath } from './wasm.ts';

/** `isa`: the best instruction set that kernels may use. `reason`: why nothing faster was taken. */
export type Kernels =
  | { readonly kind: 'native'; readonly library: Library; readonly isa: string }
  | { readonly kind: 'wasm'; readonly library: Library; readonly isa: string; readonly reason: string }
  | { readonly kind: 'typescript'; readonly reason: string };

/** The files that may be there. */
type KernelFiles = { readonly addon: string; readonly wasm: string };

const BUILD_HINT: Readonly<Record<'native' | 'wasm', string>> = {
  native: 'in a checkout of tinyml, "npm run build" compiles them with the C compiler of this machine',
  wasm: 'in a checkout of tinyml, "npm run build" compiles them with clang and wasm-ld (Debian: clang, lld)',
};

/**
 * The fastest kernels that can be had: native code, WebAssembly, TypeScript. Two variables choose otherwise:
 * TINYML_ENGINE=native|wasm|typescript, and TINYML_ISA, which is native or one of the `isas` of the library.
 * @throws TinymlError E_USAGE for a variable that is wrong or asks for what is not there
 */
export function loadKernels(
  environment: NodeJS.ProcessEnv = process.env,
  files: KernelFiles = { addon: addonPath(), wasm: wasmPath() },
): Kernels {
  const wanted = environment.TINYML_ENGINE || 'any';
  const wantedIsa = environment.TINYML_ISA || 'native';
  switch (wanted) {
    case 'typescript':
      return { kind: 'typescript', reason: 'TINYML_ENGINE=typescript' };
    case 'native':
      return orThrow(loadNative(files, wantedIsa), wanted);
    case 'wasm':
      return orThrow(loadWebAssembly(files, wantedIsa, 'TINYML_ENGINE=wasm'), wanted);
    case 'any': {
      const native = loadNative(files, wantedIsa);
      if (typeof native !== 'string') return native;
      const wasm = loadWebAssembly(files, wantedIsa, `native: ${native}`);
      if (typeof wasm !== 'string') return wasm;
      return { kind: 'typescript', reason: `native: ${native}; wasm: ${wasm}` };
    }
    default:
      throw new TinymlError('E_USAGE', `"${wanted}" is no engine`, {
        at: `TINYML_ENGINE=${wanted}`,
        hint: 'set it to native, wasm or typescript, or leave it out',
      });
  }
}

/** Native kernels, or why there are none. */
function loadNative({ addon }: KernelFiles, wantedIsa: string): Kernels | string {
  const library = loadAddon(addon);
  if (typeof library === 'string') return library;
  return { kind: 'native', library, isa: chooseIsa('native', library, wantedIsa) };
}

/** Kernels in WebAssembly, or why there are none. */
function loadWebAssembly({ wasm }: KernelFiles, wantedIsa: string, reason: string): Kernels | string {
  const library = loadWasm(wasm);
  if (typeof library === 'string') return library;
  return { kind: 'wasm', library, isa: chooseIsa('wasm', library, wantedIsa), reason };
}

function orThrow(kernels: Kernels | string, wanted: 'native' | 'wasm'): Kernels {
  if (typeof kernels !== 'string') return kernels;
  throw new TinymlError('E_USAGE', `there are no ${wanted} kernels: ${kernels}`, {
    at: `TINYML_ENGINE=${wanted}`,
    hint: BUILD_HINT[wanted],
  });
}

function chooseIsa(kind: 'native' | 'wasm', { isas }: Library, wanted: string): string {
  const isa = wanted === 'native' ? isas.at(-1) : isas.find((name) => name === wanted);
  if (isa !== undefined) return isa;
  throw new TinymlError('E_USAGE', `the ${kind} kernels have no instruction set "${wanted}" here`, {
    at: `TINYML_ISA=${wanted}`,
    hint: `set it to one of native, ${isas.join(', ')}, or leave it out`,
  });
}
