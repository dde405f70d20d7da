/** The lint of ONNX models for TensorRT. */
import type { FileModel } from '../../../onnx/file-model.ts';
import type { Platform } from '../release/platform.ts';
import type { Finding } from './finding.ts';
import { RULES } from './rules.ts';
import { viewFile } from './view.ts';

/**
 * What is wrong with a model on a module with a JetPack, in the order of the rules, then of the nodes.
 * @param dims sizes of symbolic dimensions
 * @throws TinymlError E_USAGE for dimensions that the model does not have, E_ONNX_INVALID, E_EXTERNAL_DATA
 */
export function lintModel(
  file: FileModel,
  platform: Platform,
  dims: Readonly<Record<string, number>> = {},
): readonly Finding[] {
  const view = viewFile(file, platform, dims);
  return RULES.flatMap((rule) => rule.check(view));
}
