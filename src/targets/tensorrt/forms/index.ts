/** Graphs for a release of TensorRT: operators, opset, types, layers of a DLA, memory. */
export { completeRanges } from './dla/ranges.ts';
export { dlaForms } from './dla/rewrite.ts';
export { type DlaNode, type DlaSupport, dlaSupport } from './dla/support.ts';
export { requireMemory } from './memory.ts';
export { preparedFor } from './prepare.ts';
export { stripQdq } from './strip-qdq.ts';
export { writeModel } from './write-model.ts';
