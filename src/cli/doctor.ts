import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ffmpegProgram } from '../data/video/ffmpeg.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { loadKernels } from '../engine/load.ts';
import { packageRoot } from '../package-root.ts';
import { textTable } from '../report/table.ts';
import { BOARDS } from '../targets/cortex-m/boards.ts';
import { runProcess } from '../targets/cortex-m/process.ts';
import { findTool } from '../targets/cortex-m/toolchain.ts';
import type { CommandResult, Context } from './context.ts';
import { type Options, textOption } from './options.ts';

type Command = 'deploy' | 'verify';

/** One thing that a machine may have or lack. */
type Check = {
  readonly name: string;
  readonly purpose: string;
  /** Commands whose work cannot be finished without it. */
  readonly neededFor: readonly Command[];
  /** How to get it. */
  readonly remedy: string;
  /** What was found: a version or a count; null where there is nothing. */
  readonly find: (env: NodeJS.ProcessEnv) => Promise<string | null>;
};

const TIMEOUT_MS = 20_000;

/** `tinyml doctor`: what this machine has and lacks, and which Debian package has it. */
export async function run(
  _args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const checks = await Promise.all(
    CHECKS.map(async ({ find, ...check }) => ({ ...check, found: await find(context.env) })),
  );
  const command = textOption(options, 'for') as Command | undefined;
  const missing = checks.filter(
    ({ found, neededFor }) => found === null && command !== undefined && neededFor.includes(command),
  );
  const { paint } = context;
  const rows = checks.map(({ name, found, purpose, remedy }) => [
    { painted: found === null ? paint('yellow', 'missing') : paint('green', 'ok') },
    name,
    found ?? remedy,
    purpose,
  ]);
  return {
    json: { for: command ?? null, ok: missing.length === 0, checks },
    text: textTable(
      [{ title: 'STATE' }, { title: 'WHAT' }, { title: 'FOUND OR REMEDY' }, { title: 'FOR' }],
      rows,
    ),
    failure:
      missing.length === 0
        ? null
        : new TinymlError(
            'E_GATE',
            `"tinyml ${command}" lacks ${missing.map(({ name }) => name).join(', ')}`,
            {
              at: `--for ${command}`,
              hint: [...new Set(missing.map(({ remedy }) => remedy))].join('; '),
            },
          ),
  };
}

const CHECKS: readonly Check[] = [
  {
    name: 'node',
    purpose: 'everything',
    neededFor: ['deploy', 'verify'],
    remedy: 'Node.js 20.19 or newer',
    find: async () => process.versions.node,
  },
  {
    name: 'cc',
    purpose: 'verify --on host',
    neededFor: ['verify'],
    remedy: 'apt install gcc, or name a compiler in TINYML_CC',
    find: (env) => version(findTool('cc', env)),
  },
  {
    name: 'arm-none-eabi-gcc',
    purpose: 'building for the device; verify --on qemu',
    neededFor: ['deploy', 'verify'],
    remedy: 'apt install gcc-arm-none-eabi, or name it in TINYML_ARM_CC',
    find: (env) => version(findTool('arm-none-eabi-gcc', env)),
  },
  {
    name: 'newlib',
    purpose: 'C library of the device',
    neededFor: ['deploy', 'verify'],
    remedy: 'apt install libnewlib-arm-none-eabi',
    find: findNewlib,
  },
  {
    name: 'make',
    purpose: 'building a bundle with its Makefile',
    neededFor: ['deploy'],
    remedy: 'apt install make',
    find: () => version('make'),
  },
  {
    name: 'cmake',
    purpose: 'building a bundle with CMake',
    neededFor: [],
    remedy: 'apt install cmake',
    find: () => version('cmake'),
  },
  {
    name: 'qemu-system-arm',
    purpose: 'verify --on qemu',
    neededFor: ['verify'],
    remedy: 'apt install qemu-system-arm, or name it in TINYML_QEMU',
    find: (env) => version(findTool('qemu-system-arm', env)),
  },
  {
    name: 'emulated boards',
    purpose: 'verify --on qemu',
    neededFor: ['verify'],
    remedy: 'apt install qemu-system-arm, version 7.0 or newer',
    find: findBoards,
  },
  {
    name: 'builtin kernels',
    purpose: '--kernels builtin',
    neededFor: ['deploy', 'verify'],
    remedy: 'reinstall tinyml',
    find: async () => countSources(join(packageRoot(), 'native', 'kernels', 'generic')),
  },
  {
    name: 'host kernels',
    purpose: 'speed of quantize and evaluate',
    neededFor: [],
    remedy: 'apt install gcc clang lld, then npm run build in a checkout of tinyml',
    find: async (env) => hostKernels(env),
  },
  {
    name: 'ffmpeg',
    purpose: 'video files as data, overlay videos',
    neededFor: [],
    remedy: 'apt install ffmpeg, or name it in TINYML_FFMPEG',
    find: async () => {
      const answer = await output(ffmpegProgram(), ['-version']);
      return answer === null ? null : (/^ffmpeg version \S+/.exec(answer)?.[0] ?? null);
    },
  },
  {
    name: 'CMSIS-NN',
    purpose: '--kernels cmsis-nn',
    neededFor: [],
    remedy: 'set CMSIS_NN_DIR to a checkout of CMSIS-NN',
    find: async ({ CMSIS_NN_DIR: folder }) =>
      folder && existsSync(join(folder, 'Include', 'arm_nnfunctions.h')) ? folder : null,
  },
  {
    name: 'onnxruntime-node',
    purpose: 'tests of tinyml itself',
    neededFor: [],
    remedy: 'npm install, in a checkout of tinyml',
    find: async () => installedVersion('onnxruntime-node'),
  },
];

/** The first line of `<tool> --version`, or null where it cannot be run. */
async function version(tool: string | null): Promise<string | null> {
  const text = tool === null ? null : await output(tool, ['--version']);
  return text === null ? null : text.split('\n')[0]!.trim();
}

/** The C compiler's own answer: it prints a bare name for files it does not find. */
async function findNewlib(env: NodeJS.ProcessEnv): Promise<string | null> {
  const compiler = findTool('arm-none-eabi-gcc', env);
  if (compiler === null) return null;
  const answers = await Promise.all(
    ['nano.specs', 'libc_nano.a'].map((file) => output(compiler, [`-print-file-name=${file}`])),
  );
  return answers.every((answer) => answer !== null && /[/\\]/.test(answer))
    ? 'nano.specs, libc_nano.a'
    : null;
}

async function findBoards(env: NodeJS.ProcessEnv): Promise<string | null> {
  const qemu = findTool('qemu-system-arm', env);
  const known = qemu === null ? null : await output(qemu, ['-machine', 'help']);
  if (known === null) return null;
  const machines = Object.values(BOARDS).map((board) => board.machine);
  const listed = new Set(known.split('\n').map((line) => line.split(' ')[0]));
  return machines.every((machine) => listed.has(machine)) ? machines.join(', ') : null;
}

/** What runs programs on this machine, and why nothing faster. */
function hostKernels(env: NodeJS.ProcessEnv): string {
  const kernels = loadKernels(env);
  switch (kernels.kind) {
    case 'native':
      return `native, ${kernels.isa}`;
    case 'wasm':
      return `WebAssembly, ${kernels.isa} (${kernels.reason})`;
    case 'typescript':
      return `TypeScript (${kernels.reason})`;
  }
}

function countSources(folder: string): string | null {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.c')) : [];
  return files.length === 0 ? null : `${files.length} C files`;
}

function installedVersion(name: string): string | null {
  try {
    const { version: text }: { version: string } = createRequire(import.meta.url)(`${name}/package.json`);
    return text;
  } catch {
    return null;
  }
}

async function output(tool: string, args: readonly string[]): Promise<string | null> {
  const { status, stdout } = await runProcess(tool, args, { cwd: packageRoot(), timeoutMs: TIMEOUT_MS });
  return status === 0 ? stdout.trim() : null;
}
