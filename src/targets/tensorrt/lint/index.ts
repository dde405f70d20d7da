/** The lint of ONNX models for TensorRT. */
import type { FileModel } from '../../../onnx/file-model.ts';
import { type GivenInputs, NOTHING_GIVEN } from '../../../passes/given-inputs.ts';
import type { CalibrationCache } from '../release/calibration-cache.ts';
import type { Platform } from '../release/platform.ts';
import type { Finding } from './finding.ts';
import { RULES } from './rules.ts';
import { viewFile } from './view.ts';

/**
 * What is wrong with a model on a module with a JetPack, in the order of the rules, then of the nodes. Nothing is fixable
 * where the model as a whole cannot be read as a graph: repairs are made in one.
 * @param dims sizes of symbolic dimensions @param cache a calibration cache that is to go with it; null for none
 * @param given shapes and values of inputs
 * @throws TinymlError E_USAGE for dimensions and inputs that the model does not have, E_ONNX_INVALID, E_EXTERNAL_DATA
 */
export function lintModel(
  file: FileModel,
  platform: Platform,
  dims: Readonly<Record<string, number>> = {},
  cache: CalibrationCache | null = null,
  given: GivenInputs = NOTHING_GIVEN,
): readonly Finding[] {
  const view = viewFile(file, platform, dims, given, cache);
  const findings = RULES.flatMap((rule) => rule.check(view));
  return view.resolved === null ? findings.map((finding) => ({ ...finding, fixable: false })) : findings;
}
