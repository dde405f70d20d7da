/** Kernels in WebAssembly: they run wherever Node does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import type { EncodedProgram } from './encode.ts';
import type { Engine, Library } from './types.ts';
import { CODE_VERSION, STALE } from './version.ts';

/** An address in the memory of a module; 0 is none. The memory ends at 2 GiB, so that none is negative. */
type Address = number;

/** A module takes greater numbers modulo 2^32. */
const MOST_BYTES = 2 ** 31 - 1;

/** What native/wasm/exports.c exports. */
type Exports = {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly version: () => number;
  readonly isas: () => number;
  readonly isaName: (isa: number) => Address;
  readonly message: (code: number) => Address;
  readonly allocate: (bytes: number) => Address;
  readonly create: (
    code: Address,
    length: number,
    constants: Address,
    constantsBytes: number,
    arenaBytes: number,
    isa: number,
    creation: Address,
  ) => void;
  readonly run: (engine: Address, arena: Address, first: number, end: number) => number;
  readonly stepIsa: (engine: Address, step: number) => Address;
};

/** The part of the global that is used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => { readonly module: unique symbol };
  readonly Instance: new (module: InstanceType<typeof WebAssembly.Module>) => { readonly exports: Exports };
};

/** A `creation` of native/wasm/exports.c, as int32. */
type Creation = readonly [error: number, exhausted: number, step: number, engine: Address, arena: Address];

const CREATION_WORDS = 5;

/** Where scripts/build-native.js puts the module. */
export function wasmPath(): string {
  return join(packageRoot(), 'prebuilds', 'wasm', 'tinyml.wasm');
}

/** Compiled once, as `require` does for the addon. */
const compiled = new Map<string, Library>();

/** The kernels of a module, or why there are none. */
export function loadWasm(path: string): Library | string {
  const known = compiled.get(path);
  if (known !== undefined) return known;
  const library = compile(path);
  if (typeof library !== 'string') compiled.set(path, library);
  return library;
}

function compile(path: string): Library | string {
  try {
    const module = new WebAssembly.Module(readFileSync(path));
    // An engine has a module of its own: the garbage collector frees both, and none reaches the memory of another.
    const instantiate = () => new WebAssembly.Instance(module).exports;
    const exports = instantiate();
    if (exports.version() !== CODE_VERSION) return STALE;
    const isas = Array.from({ length: exports.isas() }, (_, isa) => text(exports, exports.isaName(isa)));
    const create: Library['create'] = (program, isa) =>
      createEngine(instantiate(), program, isas.indexOf(isa));
    return { isas, create, reductions: null };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'not built' : (error as Error).message;
  }
}

function createEngine(exports: Exports, program: EncodedProgram, isa: number): Engine {
  const { code, constants, arenaBytes } = program;
  const { memory } = exports;
  if (arenaBytes > MOST_BYTES) throw outOfMemory();
  const place = (bytes: Uint8Array): Address => {
    const address = allocate(exports, bytes.length);
    new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
    return address;
  };
  const creation = allocate(exports, CREATION_WORDS * Int32Array.BYTES_PER_ELEMENT);
  const codeAddress = place(new Uint8Array(code.buffer, code.byteOffset, code.byteLength));
  exports.create(codeAddress, code.length, place(constants), constants.length, arenaBytes, isa, creation);
  const created = new Int32Array(memory.buffer, creation, CREATION_WORDS);
  const [error, exhausted, step, engine, arena] = created as unknown as Creation;
  if (exhausted === 1) throw outOfMemory();
  if (error !== 0) throw Object.assign(new Error(text(exports, exports.message(error))), { step });
  return {
    arena: new Uint8Array(memory.buffer, arena, arenaBytes),
    run: (first, end) => {
      const status = exports.run(engine, arena, first, end);
      if (status !== 0) throw new Error(text(exports, exports.message(status)));
    },
    stepIsa: (index) => text(exports, exports.stepIsa(engine, index)),
  };
}

function allocate(exports: Exports, bytes: number): Address {
  const address = bytes > MOST_BYTES ? 0 : exports.allocate(bytes);
  if (address === 0) throw outOfMemory();
  return address;
}

function outOfMemory(): RangeError {
  return new RangeError('out of memory');
}

/** The ASCII text at an address, up to its zero byte. */
function text({ memory }: Exports, address: Address): string {
  const bytes = new Uint8Array(memory.buffer, address);
  return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
}
