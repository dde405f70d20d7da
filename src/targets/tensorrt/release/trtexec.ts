/**
 * The options that trtexec takes, by release. Read from samples/common/sampleOptions.cpp of NVIDIA/TensorRT at 8.2.1, 8.5.3, v8.6.1,
 * v10.3.0, v10.13.3, v10.16 and v11.1 (the newest tag; it stands for 11.4): what its parsers ask for. Options that a release takes and
 * ignores are in the table.
 */
import { TinymlError } from '../../../diagnostics/errors.ts';
import { RELEASE_IDS } from './order.ts';
import type { ReleaseId } from './release.ts';

type Range = readonly [first: ReleaseId, last: ReleaseId];

/** Names without their dashes, by the releases that take them. */
const OPTIONS: readonly (readonly [Range, names: string])[] = [
  [
    ['8.2', '11.4'],
    `allowGPUFallback avgRuns avgTiming consistency device directIO dumpLayerInfo dumpOutput dumpProfile dumpRefit duration
     exportLayerInfo exportOutput exportProfile exportTimes exposeDMA help idleTime inputIOFormats iterations loadEngine
     loadInputs maxShapes minShapes noBuilderCache noDataTransfers noTF32 onnx optShapes outputIOFormats percentile plugins
     profilingVerbosity refit safe saveEngine separateProfileRun shapes sleepTime sparsity streams tacticSources threads
     timeDeserialize timeRefit timingCacheFile useCudaGraph useDLACore useManagedMemory useSpinWait verbose warmUp`,
  ],
  [
    ['8.2', '10.16'],
    'best calib fp16 int8 maxShapesCalib minShapesCalib optShapesCalib precisionConstraints',
  ],
  [
    ['8.2', '8.6'],
    `batch buildOnly deploy explicitBatch explicitPrecision maxBatch minTiming model nvtxMode output uff uffInput uffNHWC
     workspace`,
  ],
  [['8.5', '11.4'], 'memPoolSize persistentCacheRatio preview'],
  [['8.5', '10.16'], 'layerOutputTypes layerPrecisions'],
  [['8.5', '8.6'], 'heuristic'],
  [
    ['8.6', '11.4'],
    `buildDLAStandalone builderOptimizationLevel dumpRawBindingsToFile dynamicPlugins excludeLeanRuntime
     hardwareCompatibilityLevel ignoreParsedPluginLibs infStreams layerDeviceTypes leanDLLPath maxAuxStreams
     setPluginsToSerialize skipInference staticPlugins tempdir tempfileControls useRuntime vc versionCompatible`,
  ],
  [['8.6', '10.16'], 'fp8'],
  [
    ['10.3', '11.4'],
    `allocationStrategy allowWeightStreaming dumpOptimizationProfile errorOnTimingCacheMiss getPlanVersionOnly markDebug
     noCompilationCache pi pluginInstanceNorm profile runtimePlatform saveDebugTensors stripAllWeights stripWeights
     stronglyTyped useProfile weightStreamingBudget`,
  ],
  [['10.3', '10.16'], 'bf16 calibProfile int4 weightless'],
  [
    ['10.13', '11.4'],
    `asyncFileReader distributiveIndependence dumpKernelText l2LimitForTiling markUnfusedTensorsAsDebugTensors maxTactics
     monitorMemory remoteAutoTuningConfig safetyPlugins saveAllDebugTensors tilingOptimizationLevel
     uint8AsymmetricQuantizationDLA`,
  ],
  [
    ['10.16', '11.4'],
    'adjustForDLA cpuOnly decomposableAttentions enablePluginOverride refitFromOnnx reportCapabilityDLA',
  ],
  [
    ['11.4', '11.4'],
    `accuracyAlgorithm accuracyThreshold atol continue dryRun includeDataTransfers loadRefOutputs noCudaGraph noSpinWait
     refPair rtol saveAllEngines setBuildRoute tuneBuildRouteFile tuneBuildRoutes tuningCacheFile tuningResultFile
     tuningSearch tuningTimeOut`,
  ],
];

/** Whether trtexec of a release takes an option. @param name without dashes */
export function hasOption(release: ReleaseId, name: string): boolean {
  return OPTIONS.some(([range, names]) => within(release, range) && names.split(/\s+/).includes(name));
}

/**
 * An argument of trtexec.
 * @param name without dashes
 * @throws TinymlError E_INTERNAL for an option that the release does not take: it would build nothing
 */
export function trtexecOption(
  release: ReleaseId,
  name: string,
  value: string | number | null = null,
): string {
  if (hasOption(release, name)) return value === null ? `--${name}` : `--${name}=${value}`;
  throw new TinymlError('E_INTERNAL', `trtexec of TensorRT ${release} takes no --${name}`);
}

function within(release: ReleaseId, [first, last]: Range): boolean {
  const index = RELEASE_IDS.indexOf(release);
  return index >= RELEASE_IDS.indexOf(first) && index <= RELEASE_IDS.indexOf(last);
}
