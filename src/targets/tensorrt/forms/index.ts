/** Graphs for a release of TensorRT: operators, opset, types, layers of a DLA, memory. */
export { dlaForms } from './dla/rewrite.ts';
export { type DlaSupport, dlaSupport } from './dla/support.ts';
export { lowerGraph } from './lower.ts';
export { type MemoryNeed, requireMemory } from './memory.ts';
export { rangesOf, stripQdq } from './strip-qdq.ts';
export { type WrittenModel, writeModel } from './write-model.ts';
