/** The configuration of the model for the Triton server: a folder of its model repository, into which the engine goes. */
import type { BundleFile, BundleInput, BundlePort, PortType } from './input.ts';
import { protoQuote } from './quote/cpp.ts';

export function printTriton(input: BundleInput): readonly BundleFile[] {
  return [[`triton/${input.name}/config.pbtxt`, configText(input)]];
}

export function tritonText({ name }: BundleInput): string {
  return `\n## Triton\n\n\`triton/\` is a model repository that lacks the engine: \`mkdir -p triton/${name}/1 && cp build/${name}.engine triton/${name}/1/model.plan\`.
The server must be of the same TensorRT.\n`;
}

/** The shapes of the engine are fixed: Triton adds no batch, and dims are whole shapes. */
function configText({ name, platform, source, inputs, outputs }: BundleInput): string {
  const { dlaCore, software } = platform;
  const dla =
    dlaCore === null
      ? ''
      : `\n    secondary_devices [\n      {\n        kind: KIND_NVDLA\n        device_id: ${dlaCore}\n      }\n    ]`;
  // Work of a DLA may be in no CUDA graph.
  const graphs = dlaCore === null ? '\noptimization {\n  cuda {\n    graphs: true\n  }\n}\n' : '';
  return `# For an engine of TensorRT ${software.tensorrt}. Made by tinyml ${source.toolVersion}.
name: ${protoQuote(name)}
platform: "tensorrt_plan"
max_batch_size: 0
input [
${inputs.map(portText).join(',\n')}
]
output [
${outputs.map(portText).join(',\n')}
]
instance_group [
  {
    count: 1
    kind: KIND_GPU${dla}
  }
]
${graphs}`;
}

function portText({ name, bound, shape }: BundlePort): string {
  return `  {
    name: ${protoQuote(name)}
    data_type: ${DATA_TYPES[bound]}
    dims: [ ${shape.join(', ')} ]
  }`;
}

const DATA_TYPES: Readonly<Record<PortType, string>> = {
  float32: 'TYPE_FP32',
  int8: 'TYPE_INT8',
  uint8: 'TYPE_UINT8',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  bool: 'TYPE_BOOL',
};
