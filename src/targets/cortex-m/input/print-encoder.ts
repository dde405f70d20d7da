/** Prints the C function that makes elements of an input of numbers: bytes, samples, floats. */
import { floatLiteral, tableRows } from '../c-text.ts';
import type { Encoder } from './conversions.ts';
import type { Affine, Steps } from './steps.ts';

/** Of integers (`int32_t`) or `float`s. */
type Number = 'int32_t' | 'float';

/** An encoder, the name of its C function, and what that takes. */
export type NamedEncoder = { readonly encoder: Encoder; readonly symbol: string; readonly number: Number };

/** The functions of encoders, with the tables that they read. */
export function printEncoders(encoders: readonly NamedEncoder[]): readonly string[] {
  const tables = new Map<Steps, { readonly symbol: string; readonly number: Number }>();
  for (const { encoder, symbol, number } of encoders) {
    const steps = stepsOf(encoder);
    if (steps === null || tables.has(steps)) continue;
    tables.set(steps, { symbol: `${symbol}_steps`, number: encoder.kind === 'real' ? 'float' : number });
  }
  return [
    ...printSearches([...tables.values()].map(({ number }) => number)),
    ...[...tables].map(([steps, { symbol, number }]) => printSteps(steps, symbol, number)),
    ...encoders.map(({ encoder, symbol, number }) => {
      const steps = stepsOf(encoder);
      return printEncoder(encoder, symbol, number, steps === null ? '' : tables.get(steps)!.symbol);
    }),
  ];
}

function stepsOf(encoder: Encoder): Steps | null {
  return encoder.kind === 'steps' || encoder.kind === 'real' ? encoder.steps : null;
}

/** A function `symbol(value)`. @param table of its steps, where it has such */
function printEncoder(encoder: Encoder, symbol: string, number: Number, table: string): string {
  switch (encoder.kind) {
    case 'affine':
      return printAffine(encoder, symbol);
    case 'table':
      return printTable(encoder.elements, symbol);
    case 'steps':
      return `static int8_t ${symbol}(${number} value) {
  return ${search(number)}(${table}, ${encoder.steps.falling ? '-' : ''}value);
}
`;
    case 'real':
      return printReal(encoder, symbol, number, table);
    case 'wide':
      return printWide(encoder, symbol, number);
  }
}

/** Type of the elements that an encoder gives. */
export function elementType(encoder: Encoder): 'int8_t' | 'int16_t' | 'float' {
  if (encoder.kind === 'wide') return 'int16_t';
  const floats =
    (encoder.kind === 'table' && encoder.elements instanceof Float32Array) ||
    (encoder.kind === 'real' && encoder.steps === null);
  return floats ? 'float' : 'int8_t';
}

/** The search functions for the numbers of some tables. */
function printSearches(numbers: readonly Number[]): readonly string[] {
  return [...new Set(numbers)].map(
    (number) => `/* The code of a value: how many of the least values of the codes -127 .. 127 it reaches. */
static int8_t ${search(number)}(const ${number} *least, ${number} value) {
  int32_t reached = 0;
  for (int32_t step = 128; step > 0; step >>= 1) {
    if (value >= least[reached + step - 1]) reached += step;
  }
  return (int8_t)(reached - 128);
}
`,
  );
}

function search(number: Number): string {
  return number === 'float' ? 'code_of_float' : 'code_of_integer';
}

function printAffine({ multiplier, offset, shift, wide, clamps }: Affine, symbol: string): string {
  const product = `${wide ? '(int64_t)' : ''}value * ${literal(BigInt(multiplier))}`;
  const scaled = multiplier === 1 && !wide ? 'value' : product;
  const sum =
    offset === 0n
      ? scaled
      : `${scaled} ${offset < 0n ? '-' : '+'} ${literal(offset < 0n ? -offset : offset)}`;
  const code = shift === 0 ? sum : `(${sum}) >> ${shift}`;
  return `static int8_t ${symbol}(int32_t value) {
${
  clamps
    ? `  const ${wide ? 'int64_t' : 'int32_t'} code = ${code};
  return (int8_t)(code < -128 ? -128 : code > 127 ? 127 : code);`
    : `  return (int8_t)(${code});`
}
}
`;
}

function literal(value: bigint): string {
  return value >= -(1n << 31n) + 1n && value < 1n << 31n ? String(value) : `INT64_C(${value})`;
}

function printTable(elements: Int8Array | Float32Array, symbol: string): string {
  const type = elements instanceof Float32Array ? 'float' : 'int8_t';
  return `static const ${type} ${symbol}_of[256] = {
${tableRows(elements)}
};

static ${type} ${symbol}(int32_t value) {
  return ${symbol}_of[value];
}
`;
}

function printSteps({ least }: Steps, symbol: string, number: Number): string {
  const text = (step: number): string =>
    number === 'float'
      ? floatLiteral(step)
      : step === Number.NEGATIVE_INFINITY
        ? '(-INT32_MAX - 1)'
        : Number.isFinite(step)
          ? String(step)
          : 'INT32_MAX';
  const rows = Array.from({ length: Math.ceil(least.length / 10) }, (_, row) =>
    least
      .slice(10 * row, 10 * row + 10)
      .map((step) => `${text(step)},`)
      .join(''),
  );
  return `static const ${number} ${symbol}[255] = {\n${rows.join('\n')}\n};\n`;
}

function printReal(
  { lane, steps }: Extract<Encoder, { kind: 'real' }>,
  symbol: string,
  number: Number,
  table: string,
): string {
  const [type, result] =
    steps === null
      ? ['float', 'real']
      : ['int8_t', `code_of_float(${table}, ${steps.falling ? '-' : ''}real)`];
  return `static ${type} ${symbol}(${number} value) {
${realText(lane, number)}
  return ${result};
}
`;
}

/** As the kernel `quantize_s16` makes codes. */
function printWide(
  { lane, scale, same }: Extract<Encoder, { kind: 'wide' }>,
  symbol: string,
  number: Number,
): string {
  if (same) {
    return `static int16_t ${symbol}(${number} value) {
  return (int16_t)value;
}
`;
  }
  return `static int16_t ${symbol}(${number} value) {
${realText(lane, number)}
  const float scaled = real / ${floatLiteral(scale)};
  if (!(scaled < 32767.0f)) return scaled >= 32767.0f ? 32767 : 0; /* NaN is neither */
  if (scaled <= -32768.0f) return -32768;
  const int32_t whole = (int32_t)scaled;
  const float fraction = scaled - (float)whole;
  return (int16_t)(whole + (fraction >= 0.5f) - (fraction <= -0.5f));
}
`;
}

/** `real`, the value as the model takes it. Each operation of its own, through memory: whatever a compiler would contract rounds in another way. */
function realText({ scale, mean, std }: Extract<Encoder, { kind: 'real' }>['lane'], number: Number): string {
  return scale === 1 && mean === 0 && std === 1
    ? `  const float real = ${number === 'float' ? '' : '(float)'}value;`
    : `  volatile double number = (double)${number === 'float' ? '' : '(float)'}value;
  number = number * ${doubleLiteral(scale)};
  number = number - ${doubleLiteral(mean)};
  number = number / ${doubleLiteral(std)};
  const float real = (float)number;`;
}

/** A float64 as a C constant of the same bits: JavaScript prints the shortest text that reads back to it. */
function doubleLiteral(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? (value < 0 ? `(${text})` : text) : value < 0 ? `(${text}.0)` : `${text}.0`;
}
