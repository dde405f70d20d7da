/** Where files lie in a bundle: what one file of it says of another. */

export const MODEL = 'model.onnx';
export const FLOAT_MODEL = 'model.fp32.onnx';
export const CALIBRATION_CACHE = 'calibration.cache';

/** What scripts make on the board; no part of the bundle. */
const BUILD = 'build';

export function enginePath(name: string): string {
  return `${BUILD}/${name}.engine`;
}

export const TIMING_CACHE = `${BUILD}/timing.cache`;
export const TIMES = `${BUILD}/times.json`;
/** trtexec's exports of the layers and their times: what `tinyml report --trt-profile` reads. */
export const PROFILE = `${BUILD}/profile.json`;
export const LAYERS = `${BUILD}/layers.json`;

export function goldenPath(name: string, direction: 'input' | 'output', index: number): string {
  return `golden/${name}-${direction}${index}.bin`;
}

/** Where trtexec puts the outputs of a golden case. */
export function exportedPath(name: string): string {
  return `${BUILD}/${name}-outputs.json`;
}
