/** Prints the part of a self-test that gives raw data to the conversions of a bundle and compares the input that they make. */
import { floatLiteral } from './c-text.ts';
import type { GoldenRaw, GoldenVector } from './golden.ts';
import type { RawKind } from './input/raw.ts';
import type { Layout } from './layout.ts';

type RawVector = GoldenVector & { readonly raw: GoldenRaw };

export function rawVectors(vectors: readonly GoldenVector[]): readonly RawVector[] {
  return vectors.filter((vector): vector is RawVector => vector.raw !== null);
}

/** The value of the field `conversion`. */
export function conversionName(raw: GoldenRaw | null): string {
  return raw === null ? 'NOT_RAW' : `FROM_${raw.kind.toUpperCase()}`;
}

/** Type of the field `conversion`. */
export function printConversionType(vectors: readonly GoldenVector[]): string {
  const names = new Set(['NOT_RAW', ...rawVectors(vectors).map(({ raw }) => conversionName(raw))]);
  return `typedef enum { ${[...names].join(', ')} } conversion_kind;\n`;
}

/** Functions that fill the memory of raw data, and `convert`. */
export function printConvert(
  vectors: readonly GoldenVector[],
  name: string,
  layout: Layout,
  inFiles: boolean,
): string {
  const raws = rawVectors(vectors).map(({ raw }) => raw);
  const kinds = [...new Set(raws.map(({ kind }) => kind))];
  const made = rawVectors(vectors).filter(({ pattern }) => pattern !== 'recorded');
  const largest = Math.max(...raws.flatMap(({ data }) => data.map(({ length }) => length)));
  const inputs = layout.ports.filter(({ direction }) => direction === 'input');
  const macro = name.toUpperCase();
  const isFloats = (kind: RawKind): boolean => kind === 'float' || kind === 'signal';
  const converted = (kind: RawKind): string => {
    const taken = inputs.slice(0, kind === 'float' ? inputs.length : 1);
    const calls = taken.map(({ label }, input) => {
      const unit = made.find(({ raw }) => raw.kind === kind)?.raw.units[input] ?? 0;
      const bytes = raws.find((raw) => raw.kind === kind)!.data[input]!.length;
      return printCall(kind, name, label, { input, unit, bytes });
    });
    return `    case FROM_${kind.toUpperCase()}:\n${calls.join('\n')}\n      break;`;
  };
  return `/* Data as a device has them. */
static union {
  uint8_t bytes[${largest}];
  uint16_t words[${Math.ceil(largest / 2)}];
  int16_t samples[${Math.ceil(largest / 2)}];
  float floats[${Math.ceil(largest / 4)}];
} raw;

static void fill_recorded(const vector *v, uint32_t input, uint32_t bytes) {
  ${inFiles ? 'read_file(v->raw[input], raw.bytes, bytes)' : 'copy_bytes(raw.bytes, v->raw[input], bytes)'};
}

${
  kinds.every(isFloats)
    ? ''
    : `static void fill_bytes(const vector *v, stream *s, uint32_t input, uint32_t bytes) {
  if (v->pattern == RECORDED) {
    fill_recorded(v, input, bytes);
  } else {
    for (uint32_t i = 0; i < bytes; i++) raw.bytes[i] = (uint8_t)next_value(s);
  }
}

`
}${
  kinds.some(isFloats)
    ? `static void fill_floats(const vector *v, stream *s, uint32_t input, uint32_t elements, float unit) {
  if (v->pattern == RECORDED) {
    fill_recorded(v, input, 4u * elements);
  } else {
    for (uint32_t i = 0; i < elements; i++) {
      const int32_t high = next_value(s);
      raw.floats[i] = (float)(high * 256 + (int32_t)((uint32_t)next_value(s) & 255u)) * unit;
    }
  }
}

`
    : ''
}${
  kinds.includes('pcm16')
    ? `static void from_samples(void) {
  ${name}_input_from_pcm16(raw.samples);
}

`
    : ''
}/* Makes the inputs of raw data: returns the number of bytes that are not those of the desk. */
static uint32_t convert(const vector *v, uint32_t poison) {
  stream s = {v->pattern, 0u, 1u};
  uint32_t differing = 0;
  switch (v->conversion) {
${kinds.map(converted).join('\n')}
    case NOT_RAW:
    default:
      break;
  }
${inputs
  .map(
    ({ label }, i) =>
      `  differing += compare("input ", ${i}u, ${name}_${label}(), v->inputs[${i}], ${macro}_${label.toUpperCase()}_BYTES, poison);`,
  )
  .join('\n')}
  return differing;
}

`;
}

/** Fills the memory of raw data and converts it. `unit` is of floats that are made, `bytes` the size of samples. */
function printCall(
  kind: RawKind,
  name: string,
  label: string,
  { input, unit, bytes }: { readonly input: number; readonly unit: number; readonly bytes: number },
): string {
  const elements = `${name.toUpperCase()}_${label.toUpperCase()}_ELEMENTS`;
  switch (kind) {
    case 'float':
    case 'signal':
      return `      fill_floats(v, &s, ${input}u, ${elements}, ${floatLiteral(unit)});
      ${name}_${label}_from_${kind}(raw.floats);`;
    case 'pcm16':
      return `      fill_bytes(v, &s, ${input}u, ${bytes}u);
      run_part("convert ", from_samples, poison);`;
    case 'rgb888':
    case 'rgb565':
    case 'gray8': {
      const { size, field } = PIXELS[kind];
      return `      fill_bytes(v, &s, ${input}u, ${size}u * (uint32_t)(v->width * v->height));
      (void)${name}_${label}_from_${kind}(raw.${field}, v->width, v->height, 0);`;
    }
  }
}

const PIXELS = {
  rgb888: { size: 3, field: 'bytes' },
  rgb565: { size: 2, field: 'words' },
  gray8: { size: 1, field: 'bytes' },
} as const;
