/** What ONNX Runtime makes of a model: its own optimised form, as the file says it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import type { Node } from '../../../src/graph/types.ts';
import { readFileModel } from '../../../src/onnx/file-model.ts';

/** What ONNX Runtime appends to the name of a node that it rewrites. */
const SUFFIX = /(_token_\d+|\/MatMulAddFusion|\/duplicated)$/;

/**
 * Nodes after all optimisations but those of the memory layout, which change names only. Operators without their
 * domain, names without what ONNX Runtime appended.
 */
export async function optimisedNodes(bytes: Uint8Array): Promise<readonly Node[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-ort-'));
  try {
    const path = join(folder, 'optimised.onnx');
    const session = await ort.InferenceSession.create(bytes, {
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath: path,
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    await session.release();
    const readExternal = (): never => {
      throw new Error('small models have no external data');
    };
    return readFileModel(readFileSync(path), { path, readExternal }).nodes.map((node) => ({
      ...node,
      op: node.op.replace(/^.*::/, ''),
      name: node.name.replace(SUFFIX, ''),
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Operators that compute with codes. */
export const isIntegerOp = (op: string): boolean => /^QLinear|^QGemm$|^MatMulIntegerToFloat$/.test(op);
