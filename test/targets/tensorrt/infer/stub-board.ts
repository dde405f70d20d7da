/** A bundle in a folder, with infer built against libraries that stand in for TensorRT and CUDA. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../../src/package-root.ts';
import { bundleFiles } from '../../../../src/targets/tensorrt/bundle/index.ts';
import type { BundleInput, BundlePort, PortType } from '../../../../src/targets/tensorrt/bundle/input.ts';
import type { Platform } from '../../../../src/targets/tensorrt/release/platform.ts';

export const STUBS = join(packageRoot(), 'test/targets/tensorrt/infer/stubs');

export const TENSORRT_STUB = join(STUBS, 'tensorrt/include');
export const CUDA_STUB = join(STUBS, 'cuda/include');

export type Outcome = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

export type StubBoard = {
  readonly folder: string;
  /** Runs infer in the folder of the bundle. */
  readonly infer: (args: readonly string[], env?: Readonly<Record<string, string>>) => Outcome;
  readonly run: (command: readonly string[]) => Outcome;
};

/** Which release the stand-ins are of. */
export function stubFlags({ release, software }: Platform): readonly string[] {
  return [
    `-DTENSORRT_STUB=${releaseNumber(release.id)}`,
    `-DCUDA_STUB=${Number.parseInt(software.cuda, 10)}`,
  ];
}

function releaseNumber(id: string): number {
  const [major, minor] = id.split('.').map(Number) as [number, number];
  return major * 100 + minor;
}

export function writeFiles(folder: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  for (const [path, contents] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
}

export function spawn(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Outcome {
  const [program, ...args] = command;
  return spawnSync(program!, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } });
}

/**
 * The libraries lie where a JetPack would have them: TENSORRT_ROOT and CUDA_ROOT of the build files.
 * @param sanitise builds infer so that it stops at what C++ leaves undefined, and at memory that is lost
 */
export function withStubBoard(input: BundleInput, sanitise: boolean, body: (board: StubBoard) => void): void {
  const base = mkdtempSync(join(tmpdir(), 'tinyml-infer-'));
  try {
    const folder = join(base, 'bundle');
    writeFiles(folder, bundleFiles(input));
    mkdirSync(join(folder, 'build'));
    const flags = stubFlags(input.platform);
    const sanitisers = sanitise ? ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'] : [];
    for (const [library, source] of [
      ['cuda/lib64/libcudart.so', 'cudart.cpp'],
      ['tensorrt/lib/libnvinfer.so', 'nvinfer.cpp'],
    ] as const) {
      mkdirSync(dirname(join(base, library)), { recursive: true });
      const headers = ['-I', TENSORRT_STUB, '-I', CUDA_STUB];
      const made = ['-std=c++14', '-O0', '-fPIC', '-shared', ...flags, ...headers, '-o', join(base, library)];
      succeed(spawn(['g++', ...made, join(STUBS, source)], base));
    }
    succeed(spawn(['ln', '-s', TENSORRT_STUB, join(base, 'tensorrt/include')], base));
    succeed(spawn(['ln', '-s', CUDA_STUB, join(base, 'cuda/include')], base));
    const roots = { TENSORRT_ROOT: join(base, 'tensorrt'), CUDA_ROOT: join(base, 'cuda') };
    const cxxflags = `-O0 -Wall -Wextra -Werror ${[...flags, ...sanitisers].join(' ')}`;
    succeed(spawn(['make', '-C', 'infer'], folder, { ...roots, CXXFLAGS: cxxflags }));
    body({
      folder,
      infer: (args, env) => spawn(['build/infer', ...args], folder, env),
      run: (command) => spawn(command, folder, roots),
    });
  } finally {
    rmSync(base, { recursive: true });
  }
}

export function succeed({ status, stdout, stderr }: Outcome): void {
  if (status !== 0) throw new Error(`status ${status}\n${stdout}\n${stderr}`);
}

/** Numbers of nvinfer1::DataType. */
const DATA_TYPES: Readonly<Record<PortType, number>> = {
  float32: 0,
  int8: 2,
  int32: 3,
  bool: 4,
  uint8: 5,
  int64: 8,
};

export type EngineChanges = {
  readonly release?: string;
  readonly offset?: number;
  readonly isCapturable?: boolean;
  readonly isLinear?: boolean;
  readonly outputs?: readonly BundlePort[];
};

/** An engine of the stand-in that computes the golden outputs: see stubs/nvinfer.cpp. Files are found from the folder of the bundle. */
export function stubEngine(input: BundleInput, changes: EngineChanges = {}): string {
  const {
    release = input.platform.release.id,
    offset = 0,
    isCapturable = true,
    isLinear = true,
    outputs = input.outputs,
  } = changes;
  const port = (direction: 'input' | 'output', { name, bound, shape }: BundlePort): string =>
    `port ${direction} ${Buffer.from(name).toString('hex')} ${DATA_TYPES[bound]} ${isLinear ? 1 : 0} ${shape.join(',')}`;
  return [
    `stub-engine ${releaseNumber(release)}`,
    ...input.inputs.map((one) => port('input', one)),
    ...outputs.map((one) => port('output', one)),
    ...input.golden.map(({ name }) =>
      [
        'case',
        ...input.inputs.map((_, i) => `golden/${name}-input${i}.bin`),
        ...input.outputs.map((_, i) => `golden/${name}-output${i}.bin`),
      ].join(' '),
    ),
    `offset ${offset}`,
    isCapturable ? '' : 'uncapturable',
    '',
  ].join('\n');
}
