/** Instructions of calls on emulated cores, each built as the firmware of such a core is. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';
import type { CoreFeatures, KernelLibrary } from '../../src/program/implementation.ts';
import type { BoardId } from '../../src/targets/cortex-m/boards.ts';
import { cmsisNnSources, findCmsisNn } from '../../src/targets/cortex-m/cmsis-nn.ts';
import type { Case } from '../../test/native/cases.ts';
import { board, type Library, runHarness } from '../../test/native/harness.ts';

type Built = { readonly board: BoardId; readonly flags: readonly string[]; readonly features: CoreFeatures };

const NONE = { dsp: false, mve: false };
const DSP = { dsp: true, mve: false };

/** How code of a core is built, and the board that counts it: its own, or one whose core executes it as well. */
export const CORES = {
  'cortex-m0plus': { board: 'm3', flags: ['-mcpu=cortex-m0plus'], features: NONE },
  'cortex-m3': { board: 'm3', flags: [], features: NONE },
  'cortex-m4': { board: 'm4', flags: [], features: DSP },
  'cortex-m7': { board: 'm7', flags: [], features: DSP },
  'cortex-m33': { board: 'm33', flags: [], features: DSP },
  'cortex-m55': { board: 'm55', flags: [], features: { dsp: true, mve: true } },
} as const satisfies Readonly<Record<string, Built>>;

export type CoreId = keyof typeof CORES;

/**
 * @param adapters folder of the files that call CMSIS-NN, those of the package by default
 * @throws Error where CMSIS-NN is not at hand
 */
export async function countInstructions(
  core: CoreId,
  library: KernelLibrary,
  cases: readonly Case[],
  adapters = join(packageRoot(), 'native', 'kernels', 'cmsis-nn'),
): Promise<readonly number[]> {
  const { board: id, flags, features } = CORES[core];
  const work = mkdtempSync(join(tmpdir(), 'tinyml-instructions-'));
  try {
    const costs = await runHarness(
      board(id, [...flags, '-DTINYML_COSTS']),
      cases,
      work,
      library === 'builtin' ? undefined : cmsisNn(features, adapters),
    );
    return cases.map((_, i) => costs.readUInt32LE(4 * i));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function cmsisNn(features: CoreFeatures, adapters: string): Library {
  const folder = findCmsisNn();
  if (folder === null) throw new Error('set CMSIS_NN_DIR to a checkout of CMSIS-NN');
  return {
    features,
    replaced: readdirSync(adapters).filter((name) => name.endsWith('.c')),
    adapters,
    sources: cmsisNnSources(folder).map((path) => join(folder, 'Source', path)),
    include: join(folder, 'Include'),
  };
}
