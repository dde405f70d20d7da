/** What a bundle does with data of its device: the conversions into every input of the model, and raw data that check them. */
import { createFit } from '../../../data/fit.ts';
import { type Preprocess, RAW_VALUES } from '../../../data/preprocess.ts';
import type { InputContract } from '../../../input/contract.ts';
import type { ProgramArray } from '../../../program/types.ts';
import type { MadeInputs } from '../golden.ts';
import type { Port } from '../layout.ts';
import { conversionsOf } from './conversions.ts';
import type { DeviceInput } from './print-input.ts';
import { contentOf, generatedRaw } from './raw.ts';

/** @param ports of a model: its inputs and outputs */
export function deviceInputOf(ports: readonly Port[], { preprocess, labels }: InputContract): DeviceInput {
  const inputs = ports.filter(({ direction }) => direction === 'input');
  return {
    inputs: inputs.map((port) => ({
      port,
      conversions: port.streamed === null ? conversionsOf(port, inputs.length === 1, preprocess) : [],
    })),
    outputs: ports.filter(({ direction }) => direction === 'output'),
    labels,
    described: preprocess !== null,
    about: preprocessText(preprocess),
  };
}

/**
 * Raw data that a self-test makes by itself, with the inputs that the desk makes of them.
 * @param encode from the values of a sample to the bytes of the inputs
 */
export function madeInputs(
  { inputs }: DeviceInput,
  preprocess: Preprocess | null,
  encode: (values: readonly Float32Array[]) => readonly ProgramArray[],
): readonly MadeInputs[] {
  const shapes = inputs.map(({ port }) => port.onnxShape);
  const fit = createFit(shapes, preprocess ?? RAW_VALUES);
  return generatedRaw(inputs).map((made) => {
    const values = fit({ content: contentOf(made.raw, inputs), label: null, at: made.name });
    return { ...made, inputs: encode(values) };
  });
}

function preprocessText(preprocess: Preprocess | null): string {
  if (preprocess === null) {
    return 'Nobody said what is done to data before this model sees them: it is given real values as it takes them.';
  }
  const { channels, resize, scale, mean, std, table } = preprocess;
  const size = resize === null ? [] : [`resized (${resize.method}, ${resize.fit}${shorterText(resize)})`];
  const order = channels === null ? [] : [`channels ${channels}`];
  const same = scale === 1 && mean.every((one) => one === 0) && std.every((one) => one === 1);
  const numbers = same
    ? 'values as they are'
    : `(value * ${scale} - [${mean.join(', ')}]) / [${std.join(', ')}]`;
  const made = `What the model was made for: ${[...order, ...size, numbers].join(', ')}; then quantised.`;
  return [made, ...(table === null ? [] : rowLines(table))].join('\n');
}

function shorterText({ shorter }: NonNullable<Preprocess['resize']>): string {
  return shorter === undefined ? '' : ` of an image whose shorter side is ${shorter}`;
}

/** The columns of a row, each with its place in one, and how far rows are apart. */
function rowLines({ columns, step }: NonNullable<Preprocess['table']>): readonly string[] {
  const list = columns.map((column, i) => `  ${i}: ${JSON.stringify(column)}`);
  const apart =
    step === null ? [] : [`From one row to the next: ${step}, in the unit of the data's column of time.`];
  return ['Columns of a row, in the order of the model:', ...list, ...apart];
}
