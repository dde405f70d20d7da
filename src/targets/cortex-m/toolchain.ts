/** Finds the compilers and the emulator that verification needs. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { TinymlError } from '../../diagnostics/errors.ts';

export type Tool = 'cc' | 'arm-none-eabi-gcc' | 'qemu-system-arm';

type ToolFacts = { readonly variable: string; readonly package: string; readonly use: string };

const TOOLS: Readonly<Record<Tool, ToolFacts>> = {
  cc: { variable: 'TINYML_CC', package: 'gcc', use: 'compiles for this machine' },
  'arm-none-eabi-gcc': {
    variable: 'TINYML_ARM_CC',
    package: 'gcc-arm-none-eabi libnewlib-arm-none-eabi',
    use: 'compiles for Cortex-M',
  },
  'qemu-system-arm': { variable: 'TINYML_QEMU', package: 'qemu-system-arm', use: 'emulates Cortex-M boards' },
};

/** Absolute path of a tool: its environment variable, else the first match in PATH; null when there is none. */
export function findTool(tool: Tool, env: NodeJS.ProcessEnv = process.env): string | null {
  const wanted = env[TOOLS[tool].variable] || tool;
  if (/[/\\]/.test(wanted)) return isExecutable(wanted) ? resolve(wanted) : null;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => resolve(folder, wanted)).find(isExecutable) ?? null;
}

/**
 * Path of a tool that is needed.
 * @throws TinymlError E_TOOLCHAIN naming the Debian package
 */
export function requireTool(tool: Tool, env: NodeJS.ProcessEnv = process.env): string {
  requireTools([tool], env);
  return findTool(tool, env)!;
}

/** @throws TinymlError E_TOOLCHAIN naming all that are missing, and their Debian packages */
export function requireTools(tools: readonly Tool[], env: NodeJS.ProcessEnv = process.env): void {
  const missing = tools.filter((tool) => findTool(tool, env) === null);
  if (missing.length === 0) return;
  const facts = missing.map((tool) => TOOLS[tool]);
  const worded = facts.find(({ variable }) => /\s/.test((env[variable] ?? '').trim()));
  const [one, name] = missing.length === 1 ? ['it', 'it'] : ['them', 'each'];
  throw new TinymlError(
    'E_TOOLCHAIN',
    missing.map((tool) => `${tool} is missing; it ${TOOLS[tool].use}`).join('; '),
    {
      at: [
        ...new Set(facts.map(({ variable }) => (env[variable] ? `${variable}=${env[variable]}` : 'PATH'))),
      ],
      hint:
        worded !== undefined
          ? `name a program in ${worded.variable}, without arguments: a script of two lines can add them`
          : `install ${one} (Debian: apt-get install ${facts.map((fact) => fact.package).join(' ')}) or name ${name} in ${facts.map(({ variable }) => variable).join(', ')}`,
    },
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
