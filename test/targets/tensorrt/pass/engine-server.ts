/**
 * Runs ONNX files in ONNX Runtime for the stand-in of TensorRT's Python package. On stdin lines of JSON, `{load: path}` or
 * `{run: path, inputs: [{name, dtype, shape, bytes}]}` with the bytes behind the line; on stdout answers of the same form.
 */
import { readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import type { ImportedModel } from '../../../../src/graph/types.ts';
import { importModel } from '../../../../src/onnx/import.ts';

type Port = { readonly name: string; readonly dtype: string; readonly shape: readonly number[] };
type Question =
  | { readonly load: string }
  | { readonly run: string; readonly inputs: readonly (Port & { readonly bytes: number })[] };

const sessions = new Map<string, ort.InferenceSession>();
let waiting = Buffer.alloc(0);

/** int64 may come as int32: engines before TensorRT 10 bind it so. */
function tensorOf({ dtype, shape, bytes }: Port & { readonly bytes: number }, data: Buffer): ort.Tensor {
  const own = Uint8Array.from(data).buffer;
  if (dtype !== 'int64') return new ort.Tensor('float32', new Float32Array(own), shape);
  const count = shape.reduce((product, size) => product * size, 1);
  const ids = bytes === 4 * count ? BigInt64Array.from(new Int32Array(own), BigInt) : new BigInt64Array(own);
  return new ort.Tensor('int64', ids, shape);
}

async function answer(question: Question, data: Buffer): Promise<readonly (string | Uint8Array)[]> {
  if ('load' in question) {
    const bytes = readFileSync(question.load);
    const model: ImportedModel = importModel(bytes, { path: question.load });
    sessions.set(question.load, await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 }));
    const inputs = model.inputs.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
    return [
      JSON.stringify({ inputs, ports: model.outputs.map((name) => ({ name, dtype: 'float32', shape: [] })) }),
    ];
  }
  const session = sessions.get(question.run)!;
  let at = 0;
  const feeds = Object.fromEntries(
    question.inputs.map((port) => {
      const from = at;
      at += port.bytes;
      return [port.name, tensorOf(port, data.subarray(from, at))];
    }),
  );
  const results = await session.run(feeds);
  const outputs = session.outputNames.map((name) => {
    const values = results[name]!.data as Float32Array;
    return { name, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
  });
  const heads = outputs.map(({ name, data: bytes }) => ({ name, bytes: bytes.length }));
  return [JSON.stringify({ outputs: heads }), ...outputs.map((one) => one.data)];
}

for await (const chunk of process.stdin) {
  waiting = Buffer.concat([waiting, chunk as Buffer]);
  for (let end = waiting.indexOf(10); end >= 0; end = waiting.indexOf(10)) {
    const question = JSON.parse(waiting.subarray(0, end).toString()) as Question;
    const size = 'load' in question ? 0 : question.inputs.reduce((sum, { bytes }) => sum + bytes, 0);
    if (waiting.length < end + 1 + size) break;
    const data = waiting.subarray(end + 1, end + 1 + size);
    const [line, ...rest] = await answer(question, data).catch((error) => [
      JSON.stringify({ error: String(error) }),
    ]);
    process.stdout.write(`${line as string}\n`);
    for (const bytes of rest) process.stdout.write(bytes);
    waiting = waiting.subarray(end + 1 + size);
  }
}
