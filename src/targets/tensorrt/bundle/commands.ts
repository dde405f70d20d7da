/** What trtexec is called with, for a release. Arguments are as the program gets them: not quoted. */
import { hasOption, trtexecOption } from '../release/trtexec.ts';
import type { BundleInput, GoldenCase } from './input.ts';
import * as paths from './paths.ts';
import { layerPrecisionsValue, pinsOf } from './pins.ts';

/** Builds the engine; null where trtexec cannot be told everything and only the Python API can (see `layerPrecisionsValue`). */
export function buildCommand(input: BundleInput): readonly string[] | null {
  const { platform, name, typing } = input;
  const option = optionOf(input);
  const { id } = platform.release;
  const pins = pinsOf(input);
  const precisions = layerPrecisionsValue(input, pins);
  if (pins.length > 0 && precisions === null) return null;
  const mebibytes = Math.max(1, Math.floor(platform.workspaceBytes / 2 ** 20));
  return [
    option('onnx', paths.MODEL),
    option('saveEngine', paths.enginePath(name)),
    hasOption(id, 'memPoolSize')
      ? option('memPoolSize', `workspace:${mebibytes}`)
      : option('workspace', mebibytes),
    ...precisionFlags(input),
    ...(typing === 'cache' ? [option('calib', paths.CALIBRATION_CACHE)] : []),
    ...(pins.length === 0
      ? []
      : [option('precisionConstraints', 'obey'), option('layerPrecisions', precisions)]),
    ...dlaFlags(input),
    ...(platform.dlaCore === null ? [] : [option('allowGPUFallback')]),
    option('timingCacheFile', paths.TIMING_CACHE),
    option('profilingVerbosity', 'detailed'),
    hasOption(id, 'skipInference') ? option('skipInference') : option('buildOnly'),
  ];
}

/** The flags that allow precisions beside float32. */
function precisionFlags(input: BundleInput): readonly string[] {
  const { platform, typing } = input;
  const option = optionOf(input);
  switch (typing) {
    case 'strong':
      // From 11 on there is nothing else, and the flag is one of those that do nothing.
      return platform.release.typing === 'strong' ? [] : [option('stronglyTyped')];
    case 'weak':
    case 'cache':
      switch (platform.precision) {
        case 'fp32':
          return [];
        case 'fp16':
          return [option('fp16')];
        case 'int8':
          // INT8 alone would leave all other layers in float32.
          return platform.profile.precisions.fp16 ? [option('int8'), option('fp16')] : [option('int8')];
      }
  }
}

/** Measures the engine: times of each run, and in runs of their own times of each layer. */
export function measureCommand(input: BundleInput): readonly string[] {
  const { platform, name } = input;
  const option = optionOf(input);
  const { id } = platform.release;
  // trtexec of 11 captures CUDA graphs, spins and leaves transfers out unless told otherwise; the others only where they are told to.
  const isNew = hasOption(id, 'noCudaGraph');
  return [
    option('loadEngine', paths.enginePath(name)),
    ...dlaFlags(input),
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
  const option = optionOf(input);
  const { id } = input.platform.release;
  const files = input.inputs.map((port, i) => `${port.name}:${paths.goldenPath(name, 'input', i)}`);
  return [
    option('loadEngine', paths.enginePath(input.name)),
    ...dlaFlags(input),
    option('loadInputs', files.join(',')),
    option('exportOutput', paths.exportedPath(name)),
    option('warmUp', 0),
    option('duration', 0),
    option('iterations', 1),
    ...(hasOption(id, 'includeDataTransfers') ? [option('includeDataTransfers')] : []),
  ];
}

/** Of build and run alike. */
function dlaFlags(input: BundleInput): readonly string[] {
  const { dlaCore } = input.platform;
  return dlaCore === null ? [] : [optionOf(input)('useDLACore', dlaCore)];
}

function optionOf({ platform }: BundleInput): (name: string, value?: string | number | null) => string {
  return (name, value = null) => trtexecOption(platform.release.id, name, value);
}
