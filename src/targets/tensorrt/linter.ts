/** The rules of TensorRT's builder over a model file. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { readRegularFile } from '../../diagnostics/read-file.ts';
import { type FileModel, readFileModel } from '../../onnx/file-model.ts';
import { loadFileModel, loadModel } from '../../onnx/load.ts';
import { toolVersion } from '../../package-root.ts';
import { type GivenInputs, NOTHING_GIVEN, withGivenInputs } from '../../passes/given-inputs.ts';
import { resolveModel } from '../../passes/resolve.ts';
import type { Linter, LintResult } from '../target.ts';
import { writeModel } from './forms/index.ts';
import { fixGraph } from './lint/fix/index.ts';
import { lintModel } from './lint/index.ts';
import { lintText } from './lint/print.ts';
import { lintSarif } from './lint/sarif.ts';
import {
  type CalibrationCache,
  MAX_CACHE_BYTES,
  parseCalibrationCache,
} from './release/calibration-cache.ts';
import type { Platform } from './release/platform.ts';

export function linterOf(platform: Platform): Linter {
  return {
    lint: async (path, { dims, given, cache }) =>
      lintResult(loadFileModel(path), platform, dims, given, readCache(cache, platform)),
    fix: async (path, { dims, given, cache }) => {
      const findings = lintModel(loadFileModel(path), platform, dims, null, given);
      const model = withGivenInputs(await loadModel(path), given);
      const { graph, changes } = fixGraph(resolveModel(model, { dims }), platform, findings);
      const { bytes } = writeModel(graph, platform, { producerVersion: toolVersion() });
      return {
        bytes,
        changes: changes.map(({ rule, at, what }) => `${rule}: ${what} (${at.join(', ')})`),
        after: lintResult(fileOf(bytes, path), platform, {}, NOTHING_GIVEN, readCache(cache, platform)),
      };
    },
  };
}

/** What tinyml wrote has no faults itself. @throws TinymlError E_QUANT listing those that it has */
export function requireClean(bytes: Uint8Array, path: string, platform: Platform): void {
  const errors = lintModel(fileOf(bytes, path), platform, {}).filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  throw new TinymlError(
    'E_QUANT',
    `TensorRT would refuse the model: ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`,
    {
      at: errors.map(({ rule, message }) => `${rule}: ${message}`),
      hint: 'give the float model with --data, or "tinyml quantize" with this target: it refits scales; "tinyml lint --fix" repairs what can be repaired without data',
    },
  );
}

/** A calibration cache, and where it lies. */
type CacheFile = { readonly path: string; readonly cache: CalibrationCache };

/** @throws TinymlError E_FILE, E_QUANT for what is no cache */
function readCache(path: string | null, { release }: Platform): CacheFile | null {
  if (path === null) return null;
  const bytes = readRegularFile(path, MAX_CACHE_BYTES, (size) => {
    return new TinymlError('E_QUANT', `a file of ${size} bytes is too large for a calibration cache`, {
      at: path,
      hint: `at most ${MAX_CACHE_BYTES} bytes are read`,
    });
  });
  return { path, cache: parseCalibrationCache(bytes.toString('utf8'), release) };
}

function lintResult(
  file: FileModel,
  platform: Platform,
  dims: Readonly<Record<string, number>>,
  given: GivenInputs,
  cache: CacheFile | null,
): LintResult {
  const findings = lintModel(file, platform, dims, cache?.cache ?? null, given);
  return {
    findings,
    text: (all) => lintText(findings, platform, all).join('\n'),
    sarif: () => lintSarif(findings, { model: file.path, cache: cache?.path ?? null }, toolVersion()),
  };
}

function fileOf(bytes: Uint8Array, path: string): FileModel {
  return readFileModel(bytes, {
    path,
    readExternal: ({ at }) => {
      throw new TinymlError('E_EXTERNAL_DATA', 'a file that was just written has no data outside of it', {
        at,
      });
    },
  });
}
