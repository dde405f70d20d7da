/** RAM and flash of the smallest firmware with a model, measured by building it, however much memory the target has. */
import { availableParallelism } from 'node:os';
import { compilerFlags } from '../../profiles/cortex-m.ts';
import { boardTarget, buildFirmware, type FirmwareSizes, withoutLimits, writeFiles } from './build.ts';
import { emitModel, type ModelInput } from './bundle.ts';
import { findCmsisNn } from './cmsis-nn.ts';
import { readNativeSources } from './native-sources.ts';
import { withTemporaryFolder } from './temporary-folder.ts';
import { findTool } from './toolchain.ts';

const NAME = 'model';

/**
 * Null where the Arm compiler, or CMSIS-NN for a plan that calls it, is not on this machine.
 * @param jobs compilers at once; default: one per core
 */
export async function buildSizes(
  input: Pick<ModelInput, 'program' | 'plan' | 'profile' | 'library' | 'contract' | 'training'>,
  jobs: number = availableParallelism(),
): Promise<FirmwareSizes | null> {
  const path = findTool('arm-none-eabi-gcc');
  const cmsisNn = input.library === 'cmsis-nn' ? findCmsisNn() : null;
  if (path === null || (input.library === 'cmsis-nn' && cmsisNn === null)) return null;
  const { files, build } = emitModel({ ...input, name: NAME, native: readNativeSources() }, 'zeros');
  return withTemporaryFolder('sizes', (folder) => {
    writeFiles(folder, files);
    const compiler = { path, cwd: folder, timeoutMs: 120_000, jobs };
    const target = boardTarget(
      'sizes',
      compiler,
      NAME,
      compilerFlags(input.profile),
      build.board.memories.own.script,
    );
    return buildFirmware(withoutLimits(target), {
      name: NAME,
      library: build.sources,
      board: build.boardSources,
      cmsisNn,
    });
  });
}
