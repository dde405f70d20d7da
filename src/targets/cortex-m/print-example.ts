/** Prints the smallest useful program with a model: from data of its device to the name of a class. It compiles as C and C++. */
import { scoresOf } from './input/classes.ts';
import type { Conversion } from './input/conversions.ts';
import type { DeviceInput } from './input/print-input.ts';
import type { Port } from './layout.ts';

export function printExample({ inputs, outputs, labels }: DeviceInput, name: string): string {
  const data = inputs.map(({ port, conversions }) =>
    exampleData(port, conversions[0] ?? null, name, inputs.length > 1),
  );
  const hasFunctions = inputs.some(({ conversions }) => conversions.length > 0) || scoresOf(outputs) !== null;
  return `#include <stdio.h>

#include "${name}.h"
${hasFunctions ? `#include "${name}_input.h"\n` : ''}
${data.map(({ declaration }) => declaration).join('')}
int main(void) {
${data.flatMap(({ statement }) => (statement === null ? [] : [`${statement}\n`])).join('')}${inputs.some(({ port }) => port.streamed !== null) ? `  if (${name}_invoke() != 0) return 1;` : `  ${name}_invoke();`}
${outputs.length === 1 && scoresOf(outputs) !== null ? printClass(labels, name) : printFirst(outputs, name)}
  return 0;
}
`;
}

type Data = { readonly declaration: string; readonly statement: string | null };

function exampleRows(name: string, prefix: string): string {
  return `/* Called for the rows of the input as they are needed: of your camera, line by line. */
int ${name}_read_rows(int first, int count, int8_t *to) {
  for (int i = 0; i < count * ${prefix}_ROW_BYTES; i++) to[i] = (int8_t)(first + i); /* your data */
  return 0;
}
`;
}

function exampleData(port: Port, conversion: Conversion | null, name: string, several: boolean): Data {
  const { label } = port;
  const suffix = several ? label.replace('input', '') : '';
  const elements = `${name}_${label}_elements`.toUpperCase();
  if (port.streamed !== null)
    return { declaration: exampleRows(name, `${name}_${label}`.toUpperCase()), statement: null };
  if (conversion === null) {
    return {
      declaration: '',
      statement: `  for (int i = 0; i < ${elements}; i++) ${name}_${label}()[i] = 0; /* your data */`,
    };
  }
  switch (conversion.kind) {
    case 'image': {
      const format = conversion.formats[0]!;
      const { width, height } = exampleSize(conversion, port);
      const values = format === 'rgb888' ? ' * 3' : '';
      return {
        declaration: `static uint8_t pixels[${height} * ${width}${values}]; /* a frame of your camera */\n`,
        statement: `  if (${name}_${label}_from_${format}(pixels, ${width}, ${height}, 0) != 0) return 1;`,
      };
    }
    case 'pcm16':
      return {
        declaration: `static int16_t samples[${conversion.samples}]; /* of your microphone */\n`,
        statement: `  ${name}_${label}_from_pcm16(samples);`,
      };
    case 'float':
    case 'signal':
      return {
        declaration: `static float values${suffix}[${elements}]; /* of your sensor */\n`,
        statement: `  ${name}_${label}_from_${conversion.kind}(values${suffix});`,
      };
  }
}

/** That of a usual camera where the model takes any. */
function exampleSize(conversion: Extract<Conversion, { kind: 'image' }>, port: Port) {
  if (conversion.resize !== null) return { width: 160, height: 120 };
  return conversion.size ?? { width: port.elements / conversion.encoders.length, height: 1 };
}

function printClass(labels: readonly string[], name: string): string {
  const [format, value] = labels.length > 0 ? ['%s', `${name}_class_name(best)`] : ['class %d', '(int)best'];
  return `  const int32_t best = ${name}_best_class();
  printf("${format}: %f\\n", ${value}, (double)${name}_score(best));`;
}

function printFirst(outputs: readonly Port[], name: string): string {
  return outputs.map(({ label }) => `  printf("${label}: %f\\n", (double)${name}_${label}()[0]);`).join('\n');
}
