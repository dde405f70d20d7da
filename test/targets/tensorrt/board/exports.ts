/** Exports in the form of trtexec's own writers: one layer a line, names as they are. */

type Layer = {
  readonly name: string;
  readonly ms: number;
  readonly type?: string;
  readonly input?: string;
  readonly output?: string;
  readonly metadata?: string;
};

/** --exportProfile. @param median since 8.5 */
export function profileText(layers: readonly Layer[], median = true): string {
  const total = layers.reduce((sum, { ms }) => sum + ms, 0);
  const lines = layers.map(({ name, ms }) => {
    const middle = median ? `, "medianMs" : ${ms}` : '';
    return `, { "name" : "${name}", "timeMs" : ${100 * ms}, "averageMs" : ${ms}${middle}, "percentage" : ${(100 * ms) / total} }`;
  });
  return ['[', '  { "count" : 100 }', ...lines, ']', ''].join('\n');
}

/** --exportLayerInfo of an engine with detailed verbosity. */
export function layersText(layers: readonly Layer[]): string {
  const Layers = layers.map(({ name, type = 'Reformat', input = 'Half', output = input, metadata }) => ({
    Name: name,
    LayerType: type,
    Inputs: [{ Name: 'i', Location: 'Device', Dimensions: [1, 8, 8, 8], 'Format/Datatype': input }],
    Outputs: [{ Name: 'o', Location: 'Device', Dimensions: [1, 8, 8, 8], 'Format/Datatype': output }],
    TacticName: 'some_tactic',
    StreamId: 0,
    ...(metadata === undefined ? {} : { Metadata: metadata }),
  }));
  return JSON.stringify({ Layers, Bindings: ['image', 'probabilities'] }, null, 2).replaceAll(
    '\\u001e',
    '\u001e',
  );
}

/** --exportTimes. */
export function timesText(
  inferences: readonly { readonly enqueue: number; readonly compute: number }[],
): string {
  const lines = inferences.map(({ enqueue, compute }, i) => {
    const sep = i === 0 ? '  ' : ', ';
    return `${sep}{ "startEnqMs" : ${i}, "endEnqMs" : ${i + enqueue}, "startH2dMs" : ${i}, "endH2dMs" : ${i}, "startComputeMs" : ${i}, "endComputeMs" : ${i + compute}, "startD2hMs" : ${i}, "endD2hMs" : ${i}, "h2dMs" : 0.01, "computeMs" : ${compute}, "d2hMs" : 0.01, "latencyMs" : ${compute + 0.02} }`;
  });
  return ['[', ...lines, ']', ''].join('\n');
}

const INT8 = 'Thirty-two wide channel vectorized row major Int8 format';

/** An engine of the network of fixtures/fashion-mnist, as its layers would be fused, with all that can go wrong in it. */
export const ENGINE: readonly Layer[] = [
  { name: 'conv1 + conv1.relu', ms: 0.02, type: 'CaskConvolution', input: 'Row major linear FP32' },
  { name: 'Reformatting CopyNode for Input Tensor 0 to pool1', ms: 0.03, input: 'Half', output: INT8 },
  { name: 'pool1', ms: 0.004, type: 'CaskPooling', input: INT8 },
  {
    name: 'depthwise2.w + QuantizeLinear_1 + depthwise2 + depthwise2.relu',
    ms: 0.01,
    type: 'CaskConvolution',
    input: INT8,
  },
  {
    name: '__myl_Conv_0x1',
    ms: 0.015,
    type: 'kgen',
    input: 'Half',
    metadata: '[ONNX Layer: pointwise2]\u001e[ONNX Layer: pointwise2.relu]',
  },
  { name: 'dense_QuantizeLinear', ms: 0.005, type: 'Scale', input: 'Half', output: INT8 },
  { name: 'Reformatting CopyNode for Output Tensor 0 to dense', ms: 0.006 },
];
