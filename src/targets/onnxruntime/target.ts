/** ONNX Runtime on a host: it takes the QDQ file itself, and computes in integers what has the forms that it knows. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { predictFloat } from '../../execute/predict.ts';
import { predictQuantized } from '../../execute/predict-quantized.ts';
import { exportModel } from '../../onnx/export.ts';
import { importModel } from '../../onnx/import.ts';
import { resolveModel } from '../../passes/resolve.ts';
import type { HostProfile } from '../../profiles/types.ts';
import { assumeQuantized } from '../../quantize/assume.ts';
import { type WeightBitsWish, weightBitsText } from '../../quantize/four-bit-weights.ts';
import { affineQuantizer } from '../../quantize/quantize-model.ts';
import { TFLITE_INT8 } from '../../quantize/scheme.ts';
import {
  type NodeSupport,
  requireNoSettings,
  type Subject,
  type Support,
  type Target,
  type TargetSettings,
} from '../target.ts';
import { onnxRuntimeForms } from './forms.ts';
import type { Fate } from './fusion.ts';
import { type HostSupport, hostSupport } from './support.ts';

export function onnxRuntime({ id, name, activations }: HostProfile, settings: TargetSettings): Target {
  requireNoSettings(id, settings);
  const quantize = affineQuantizer(TFLITE_INT8, (graph) => onnxRuntimeForms(graph, activations));
  return {
    id,
    title: `${id} (${name})`,
    quantize: (graph, calibration, request) => {
      refuseFourBits(id, request.weightBits ?? []);
      return quantize(graph, calibration, request);
    },
    scheme: TFLITE_INT8,
    floatLayers: true,
    predict: ({ graph, float }, jobs) => (float ? predictFloat(graph, jobs) : predictQuantized(graph, jobs)),
    predicted: 'as the device computes it',
    support: (subject) => supportOf(id, judge(subject, activations)),
    emit: null,
    lint: null,
    times: null,
  };
}

/** @throws TinymlError E_USAGE */
function refuseFourBits(id: string, wishes: readonly WeightBitsWish[]): void {
  const [first] = wishes;
  if (first === undefined) return;
  throw new TinymlError('E_USAGE', 'ONNX Runtime computes layers with 4-bit weights in float', {
    at: `--weight-bits ${weightBitsText(first)}`,
    hint: `leave out --weight-bits, or --target ${id}: the file then is for microcontrollers, and ONNX Runtime takes it, too`,
  });
}

/** A float model is judged as the file that `quantize` would write. */
function judge({ model, graph, float, dims }: Subject, activations: HostProfile['activations']): HostSupport {
  if (!float) return hostSupport(resolveModel(model, { dims }), model.source.opset);
  const quantized = onnxRuntimeForms(assumeQuantized(graph, TFLITE_INT8), activations);
  const written = importModel(exportModel(quantized), { path: model.source.path });
  return hostSupport(resolveModel(written), written.source.opset);
}

/** What it does not compute in integers it computes in float: nothing fails. */
function supportOf(target: string, { fates, nodes, macs }: HostSupport): Support {
  return { target, nodes: fates.map(nodeSupport), integer: { nodes, macs }, failure: null };
}

function nodeSupport(fate: HostSupport['fates'][number]): NodeSupport {
  const { node, ...facts } = fate;
  return { name: node.name, op: node.op, macs: fate.macs, refused: null, text: fateText(fate), facts };
}

function fateText(fate: Fate): string {
  switch (fate.kind) {
    case 'integer':
      return fate.runs;
    case 'moves':
      return 'moves the codes';
    case 'absorbed':
      return 'in the limits of the codes';
    case 'float':
      return `FLOAT: ${fate.why}`;
  }
}
