/** What trtexec is called with, for a release. Arguments are as the program gets them: not quoted. */
import type { Platform, Precision } from '../release/platform.ts';
import { hasOption, trtexecOption } from '../release/trtexec.ts';
import { type Typing, typingOf } from '../release/typing.ts';
import type { BundleInput, GoldenCase } from './input.ts';
import * as paths from './paths.ts';
import { layerPrecisionsValue, type Pin, pinsOf } from './pins.ts';

/** An engine to be built. */
type EngineRequest = {
  /** Paths relative to the folder that trtexec runs in. */
  readonly onnx: string;
  readonly engine: string;
  readonly precision: Precision;
  readonly typing: Typing;
  readonly pins: readonly Pin[];
  /** Of inputs whose shapes are not all numbers, as trtexec writes them, e.g. `ids:1`; null where there are none. */
  readonly shapes: { readonly min: string; readonly opt: string; readonly max: string } | null;
};

/** Builds the engine; null where trtexec cannot be told everything and only the Python API can. */
export function buildCommand({ platform, name, model }: BundleInput): readonly string[] | null {
  const typing = typingOf(platform);
  return engineCommand(platform, {
    onnx: paths.MODEL,
    engine: paths.enginePath(name),
    precision: platform.precision,
    typing,
    pins: pinsOf(platform, model.layers),
    shapes: null,
  });
}

/** The same for any engine. */
export function engineCommand(platform: Platform, request: EngineRequest): readonly string[] | null {
  const { onnx, engine, typing, pins, shapes } = request;
  const { id } = platform.release;
  const option = optionOf(platform);
  const precisions = layerPrecisionsValue(id, pins);
  if (pins.length > 0 && precisions === null) return null;
  const mebibytes = Math.max(1, Math.floor(platform.workspaceBytes / 2 ** 20));
  return [
    option('onnx', onnx),
    option('saveEngine', engine),
    ...(shapes === null
      ? []
      : [option('minShapes', shapes.min), option('optShapes', shapes.opt), option('maxShapes', shapes.max)]),
    hasOption(id, 'memPoolSize')
      ? option('memPoolSize', `workspace:${mebibytes}`)
      : option('workspace', mebibytes),
    ...precisionFlags(platform, request),
    ...(typing === 'cache' ? [option('calib', paths.CALIBRATION_CACHE)] : []),
    ...(pins.length === 0
      ? []
      : [option('precisionConstraints', 'obey'), option('layerPrecisions', precisions)]),
    ...dlaFlags(platform),
    ...(platform.dlaCore === null ? [] : [option('allowGPUFallback')]),
    option('timingCacheFile', paths.TIMING_CACHE),
    option('profilingVerbosity', 'detailed'),
    hasOption(id, 'skipInference') ? option('skipInference') : option('buildOnly'),
  ];
}

/** The flags that allow precisions beside float32. Strongly typed releases have none, and take no flag to be so. */
function precisionFlags(platform: Platform, { typing, precision }: EngineRequest): readonly string[] {
  if (typing === 'strong') return [];
  const option = optionOf(platform);
  switch (precision) {
    case 'fp32':
      return [];
    case 'fp16':
      return [option('fp16')];
    case 'int8':
      // INT8 alone would leave all other layers in float32.
      return platform.profile.precisions.fp16 ? [option('int8'), option('fp16')] : [option('int8')];
  }
}

/** Measures the engine: times of each run, and in runs of their own times of each layer. */
export function measureCommand({ platform, name }: BundleInput): readonly string[] {
  const option = optionOf(platform);
  // trtexec of 11 captures CUDA graphs, spins and profiles apart unless told otherwise; the others only where they are told to.
  const isNew = hasOption(platform.release.id, 'noCudaGraph');
  return [
    option('loadEngine', paths.enginePath(name)),
    ...dlaFlags(platform),
    option('warmUp', 1000),
    option('duration', 5),
    option('iterations', 100),
    ...(isNew ? [option('noCudaGraph')] : [option('useSpinWait'), option('separateProfileRun')]),
    option('exportTimes', paths.TIMES),
    option('exportProfile', paths.PROFILE),
    option('exportLayerInfo', paths.LAYERS),
    option('profilingVerbosity', 'detailed'),
  ];
}

/** Runs one golden case. */
export function goldenCommand(input: BundleInput, { name }: GoldenCase): readonly string[] {
  const { platform } = input;
  const option = optionOf(platform);
  const files = input.inputs.map((port, i) => `${port.name}:${paths.goldenPath(name, 'input', i)}`);
  return [
    option('loadEngine', paths.enginePath(input.name)),
    ...dlaFlags(platform),
    option('loadInputs', files.join(',')),
    option('exportOutput', paths.exportedPath(name)),
    option('warmUp', 0),
    option('duration', 0),
    option('iterations', 1),
    ...(hasOption(platform.release.id, 'includeDataTransfers') ? [option('includeDataTransfers')] : []),
  ];
}

/** Of build and run alike. */
function dlaFlags(platform: Platform): readonly string[] {
  return platform.dlaCore === null ? [] : [optionOf(platform)('useDLACore', platform.dlaCore)];
}

function optionOf({ release }: Platform): (name: string, value?: string | number | null) => string {
  return (name, value = null) => trtexecOption(release.id, name, value);
}
