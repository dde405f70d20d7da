/** What ONNX Runtime makes of a model: its own optimised form, read with our loader. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import type { Node } from '../../../src/graph/types.ts';
import { importModel } from '../../../src/onnx/import.ts';

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
    return importModel(readFileSync(path), { path }).nodes.map((node) => ({
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
