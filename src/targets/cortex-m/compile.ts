/** Compiles and links C for verification: several compilers at once, each with a time limit. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { runProcess } from './process.ts';

export type Compiler = {
  readonly path: string;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Compilers at once. */
  readonly jobs: number;
};

export type Unit = { readonly source: string; readonly object: string; readonly flags: readonly string[] };

/**
 * Compiles every unit, `compiler.jobs` at a time.
 * @throws TinymlError E_TOOLCHAIN with what the compiler said
 */
export async function compileAll(compiler: Compiler, units: readonly Unit[]): Promise<void> {
  const queue = [...units];
  const worker = async (): Promise<void> => {
    try {
      for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
        await runCompiler(compiler, [...unit.flags, '-c', unit.source, '-o', unit.object], unit.source);
      }
    } finally {
      queue.length = 0; // one failure ends all; nobody starts another compiler
    }
  };
  const workers = Array.from({ length: Math.min(compiler.jobs, units.length) }, worker);
  await Promise.allSettled(workers); // none may still write when the caller removes the folder
  await Promise.all(workers);
}

/** Links objects and archives, in that order, into a program. */
export async function link(
  compiler: Compiler,
  inputs: readonly string[],
  flags: readonly string[],
  output: string,
): Promise<void> {
  // Square roots are functions of the mathematical library where a processor has no instruction for them.
  await runCompiler(compiler, [...flags, ...inputs, '-lm', '-o', output], output);
}

async function runCompiler(compiler: Compiler, args: readonly string[], what: string): Promise<void> {
  const { path, cwd, timeoutMs } = compiler;
  const { status, timedOut, stderr, stdout, failure } = await runProcess(path, args, { cwd, timeoutMs });
  if (status === 0) return;
  const reason = failure ?? (timedOut ? `no end within ${timeoutMs / 1000} s` : `exit status ${status}`);
  const said = `${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '');
  throw new TinymlError('E_TOOLCHAIN', `${path} failed on ${what}: ${reason}`, {
    at: [what, ...said.slice(0, MAX_LINES)],
    hint: `check the compiler with "tinyml doctor"; it was called as: ${[path, ...args].join(' ')}`,
  });
}

/** Lines of a compiler's messages that are worth showing. */
const MAX_LINES = 12;
