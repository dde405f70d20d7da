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
    package: 'gcc-arm-none-eabi',
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
  const path = findTool(tool, env);
  if (path !== null) return path;
  const { variable, package: debianPackage, use } = TOOLS[tool];
  const wanted = env[variable];
  throw new TinymlError('E_TOOLCHAIN', `${tool} is missing; it ${use}`, {
    at: wanted ? `${variable}=${wanted}` : 'PATH',
    hint: `install it (Debian: apt-get install ${debianPackage}${tool === 'arm-none-eabi-gcc' ? ' libnewlib-arm-none-eabi' : ''}) or name it in ${variable}`,
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
