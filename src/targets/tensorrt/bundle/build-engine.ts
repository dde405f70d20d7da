/** Prints build_engine.py: what build.sh does, through the Python API of the release. Syntax is that of Python 3.6. */
import type { Precision } from '../release/platform.ts';
import type { Release } from '../release/release.ts';
import { typingOf } from '../release/typing.ts';
import type { BundleFile, BundleInput } from './input.ts';
import * as paths from './paths.ts';
import { type Pin, pinsOf } from './pins.ts';
import { pythonQuote } from './quote/python.ts';

const TYPES: Readonly<Record<Precision, string>> = {
  int8: 'trt.int8',
  fp16: 'trt.float16',
  fp32: 'trt.float32',
};

export function printBuildEngine(input: BundleInput): readonly BundleFile[] {
  const { platform, name, model, source } = input;
  const { release, software, profile, workspaceBytes } = platform;
  const typing = typingOf(platform);
  const pins = pinsOf(platform, model.layers);
  const [major, minor] = software.tensorrt.split('.');
  const text = `"""Builds ${name} for ${profile.name} through the Python API of TensorRT ${major}.${minor}: the same engine as build.sh.

Made by tinyml ${source.toolVersion}.
"""
import os
import sys

import tensorrt as trt

MODEL = ${pythonQuote(paths.MODEL)}
ENGINE = ${pythonQuote(paths.enginePath(name))}
TIMING_CACHE = ${pythonQuote(paths.TIMING_CACHE)}
WORKSPACE_BYTES = ${workspaceBytes}
${typing === 'cache' ? `CALIBRATION_CACHE = ${pythonQuote(paths.CALIBRATION_CACHE)}\n` : ''}${pins.length === 0 ? '' : pinTable(pins)}

def fail(message):
    sys.stderr.write("error: {}\\n".format(message))
    sys.exit(2)


def read_if_there(path):
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def write_whole(path, contents):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".part", "wb") as file:
        file.write(contents)
    os.replace(path + ".part", path)

${typing === 'cache' ? CALIBRATOR : ''}
def main():
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    if trt.__version__.split(".")[:2] != [${pythonQuote(major!)}, ${pythonQuote(minor!)}]:
        fail("this script is for TensorRT ${major}.${minor}; here is {}".format(trt.__version__))

    logger = trt.Logger(trt.Logger.INFO)
    trt.init_libnvinfer_plugins(logger, "")
    builder = trt.Builder(logger)
    network = builder.create_network(${networkFlags(release)})
    parser = trt.OnnxParser(network, logger)
    with open(MODEL, "rb") as file:
        parsed = parser.parse(file.read())
    if not parsed:
        fail("; ".join(str(parser.get_error(index)) for index in range(parser.num_errors)))

    config = builder.create_builder_config()
${configLines(input, pins)
  .map((line) => `    ${line}\n`)
  .join('')}
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        fail("no engine was built; where memory ran out, add swap or use a smaller workspace")
    write_whole(ENGINE, plan)
    write_whole(TIMING_CACHE, config.get_timing_cache().serialize())
    print("built {}".format(ENGINE))


if __name__ == "__main__":
    main()
`;
  return [['build_engine.py', text]];
}

function pinTable(pins: readonly Pin[]): string {
  const rows = pins.map(({ layer, precision }) => `    ${pythonQuote(layer)}: ${TYPES[precision]},\n`);
  return `# Layers that would be computed in something else.\nPINS = {\n${rows.join('')}}\n`;
}

/** Batches are explicit in every network from ONNX: from TensorRT 10 on that is all there is. */
function networkFlags({ version }: Release): string {
  return version[0] < 10 ? '1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH)' : '0';
}

function configLines(input: BundleInput, pins: readonly Pin[]): readonly string[] {
  const { platform } = input;
  const { release, dlaCore } = platform;
  const typing = typingOf(platform);
  return [
    release.id === '8.2'
      ? 'config.max_workspace_size = WORKSPACE_BYTES'
      : 'config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, WORKSPACE_BYTES)',
    'config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED',
    'config.set_timing_cache(config.create_timing_cache(read_if_there(TIMING_CACHE)), ignore_mismatch=False)',
    ...(typing === 'strong'
      ? []
      : precisionFlags(input).map((flag) => `config.set_flag(trt.BuilderFlag.${flag})`)),
    ...(typing === 'cache' ? ['config.int8_calibrator = CalibrationCache()'] : []),
    ...(dlaCore === null
      ? []
      : [
          'config.default_device_type = trt.DeviceType.DLA',
          `config.DLA_core = ${dlaCore}`,
          'config.set_flag(trt.BuilderFlag.GPU_FALLBACK)',
        ]),
    ...(pins.length === 0
      ? []
      : [
          'config.set_flag(trt.BuilderFlag.OBEY_PRECISION_CONSTRAINTS)',
          'for index in range(network.num_layers):',
          '    layer = network.get_layer(index)',
          '    if layer.name in PINS:',
          '        layer.precision = PINS[layer.name]',
        ]),
  ];
}

function precisionFlags({ platform }: BundleInput): readonly string[] {
  switch (platform.precision) {
    case 'fp32':
      return [];
    case 'fp16':
      return ['FP16'];
    case 'int8':
      return platform.profile.precisions.fp16 ? ['INT8', 'FP16'] : ['INT8'];
  }
}

const CALIBRATOR = `
class CalibrationCache(trt.IInt8EntropyCalibrator2):
    """Gives the scales of the bundle; there is nothing to calibrate with."""

    def __init__(self):
        trt.IInt8EntropyCalibrator2.__init__(self)

    def get_batch_size(self):
        return 1

    def get_batch(self, names):
        fail("TensorRT ignored " + CALIBRATION_CACHE)

    def read_calibration_cache(self):
        with open(CALIBRATION_CACHE, "rb") as file:
            return file.read()

    def write_calibration_cache(self, cache):
        pass

`;
