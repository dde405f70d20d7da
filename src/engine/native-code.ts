/**
 * The C that follows from the signatures: prototypes and parameter structs, calls by number, and the tables of the engine.
 * `npm run generate` writes it; a test holds the files to it.
 */
import { type KernelName, kernelNames, signatureOf } from '../program/kernels/index.ts';
import type { Factor, KernelSignature, Operand, Size, Term } from '../program/signature.ts';
import type { ProgramDType } from '../program/types.ts';
import { CODE_VERSION } from './version.ts';

/** Text of every generated file, by its path in the project. */
export function nativeFiles(): Readonly<Record<string, string>> {
  return {
    'native/kernels/tinyml_kernels.h': printPrototypes(),
    'native/kernels/generated/calls.h': printCalls(),
    'native/engine/generated/kernels.h': printNumbers(),
    'native/engine/generated/kernels.c': printTable(),
    'native/engine/generated/implementations.h': printImplementations(),
  };
}

type Row = { readonly name: KernelName; readonly signature: KernelSignature };

const ROWS: readonly Row[] = kernelNames.map((name) => ({ name, signature: signatureOf(name)! }));

const NOTE = '/* Written by `npm run generate` from src/program/kernels/. */';

const WIDTH = 120;

const C_TYPES: Readonly<Record<ProgramDType, string>> = {
  int8: 'int8_t',
  uint8: 'uint8_t',
  int16: 'int16_t',
  int32: 'int32_t',
  float32: 'float',
};

const CONVENTIONS = `/*
 * tinyml kernels: one declaration for host and microcontroller, C11.
 *
 * Conventions
 * - Tensors are channels-last and row-major: activations [batch][height][width][channels],
 *   convolution weights [out][kh][kw][in / groups], depthwise weights [kh][kw][channels],
 *   fully connected weights [out][in].
 * - real = scale * (q - zero_point). \`input_offset\` is minus the input zero point, \`output_offset\` is plus
 *   the output zero point. Weights have zero point 0.
 * - Requantisation is TFLite's double rounding: a rounding doubling high multiply by a Q31 multiplier, then a
 *   rounding right shift; \`shift\` is signed, positive = left, in [-31, 30]. A multiplier is in [2^30, 2^31), or 0 with a
 *   shift of 0. One multiplier per output channel when \`per_channel\` is 1, one for all when it is 0.
 * - Codes of 16 bits have zero point 0. Sums of products with them have 64 bits and are rounded once, ties up, as TFLite's: times
 *   the multiplier in 16 bits, then a shift; \`shift\` is in [-31, 7] there.
 * - \`padding\` names the top and left only; the bottom and right follow from the output size.
 * - A float32 sum is a chain of fused multiply-adds from the bias on, by kernel row, kernel column and input channel;
 *   taps in the padding multiply zero. \`bounds\` are two floats, the lowest and the highest output, infinite where there
 *   is none; NaN stays NaN, whatever its payload. No floating-point contraction: compile with -ffp-contract=off.
 * - \`tiles\` is a list of the pixels that a kernel computes (generic/tinyml_tiles.h); the others keep their bytes.
 * - Every function writes all of its output (or its own part of it), never allocates, holds no state, and takes
 *   \`scratch\` with at least the bytes that the plan reserves (may be NULL when that is 0), aligned to 16 bytes.
 *
 * Training
 *
 * - A quantiser is four floats in memory that may change from step to step: scale, 1 / scale, zero point, 0.
 *   real = scale * (code - zero point).
 * - An extent is two floats, the least and the greatest value of a tensor, 0 for -0, NaN passed over; +infinity and
 *   -infinity before any.
 * - Outputs that are said to be updated are read and written.
 */`;

function snake(camelCase: string): string {
  return camelCase.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Breaks words into lines no wider than the width, all but the first indented. */
function wrap(words: readonly string[], first: string, indent: string): string {
  const lines = [first];
  for (const word of words) {
    const line = lines.at(-1)!;
    const joined = line === first || line === indent ? `${line}${word}` : `${line} ${word}`;
    if (joined.length <= WIDTH) lines[lines.length - 1] = joined;
    else lines.push(`${indent}${word}`);
  }
  return lines.join('\n');
}

/** The C struct of a table of parameters; kernels that name the same table share the first one's. */
function printStruct({ name, signature }: Row, index: number): string {
  const first = ROWS.findIndex((row) => row.signature.params === signature.params);
  if (first !== index) return `typedef tinyml_${ROWS[first]!.name}_params tinyml_${name}_params;`;
  const fields = Object.keys(signature.params).map(snake);
  const list = fields.map((field, i) => (i === fields.length - 1 ? `${field};` : `${field},`));
  return `typedef struct {\n${wrap(list, '  int32_t ', '      ')}\n} tinyml_${name}_params;`;
}

function printPrototype({ name, signature }: Row): string {
  const operands = signature.operands.map(({ name: operand, kind, dtype }) => {
    const qualifier = kind === 'input' || kind === 'constant' ? 'const ' : '';
    return `${qualifier}${C_TYPES[dtype]} *${snake(operand)},`;
  });
  const start = `void tinyml_${name}(`;
  const words = [`const tinyml_${name}_params *params,`, ...operands, 'void *scratch);'];
  return wrap(words, start, ' '.repeat(start.length));
}

function printPrototypes(): string {
  const kernels = ROWS.map((row, index) => {
    const words = row.signature.about.trim().split(/\s+/);
    return `${wrap([...words, '*/'], '/* ', ' * ')}\n${printStruct(row, index)}\n${printPrototype(row)}\n`;
  });
  return `${NOTE}
${CONVENTIONS}
#ifndef TINYML_KERNELS_H
#define TINYML_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

${kernels.join('\n')}
#ifdef __cplusplus
}
#endif

#endif
`;
}

/** `call_<kernel>`: the C function with its operands in an array, and all of them by number. */
function printCalls(): string {
  const calls = ROWS.map(({ name, signature: { operands } }) => {
    const words = [...operands.map((_, k) => `o[${k}],`), 'scratch);'];
    const call = wrap(['params,', ...words], `  tinyml_${name}(`, ' '.repeat(10 + name.length));
    return `static void call_${name}(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
${call}
}
`;
  });
  const list = ROWS.map(({ name }, i) => `call_${name}${i < ROWS.length - 1 ? ',' : ''} \\`);
  return `${NOTE}
#ifndef TINYML_CALLS_H
#define TINYML_CALLS_H

#include "../tinyml_kernels.h"

/* A kernel with its operands (inputs, constants, outputs) in an array; \`packed\` is for implementations that pack. */
typedef void (*tinyml_call)(const void *params, void *const *operands, const void *packed, void *scratch);

${calls.join('\n')}
/* By the number of the kernel. */
#define TINYML_CALLS { \\
  ${list.join('\n  ')}
}

#endif
`;
}

function printNumbers(): string {
  const most = (count: (signature: KernelSignature) => number): number =>
    Math.max(...ROWS.map(({ signature }) => count(signature)));
  return `${NOTE}
#ifndef TINYML_ENGINE_GENERATED_KERNELS_H
#define TINYML_ENGINE_GENERATED_KERNELS_H

/* A hash of the signatures: code of other sources is refused. */
enum { TINYML_ENGINE_VERSION = ${CODE_VERSION} };

typedef enum {
${ROWS.map(({ name }) => `  TINYML_${name.toUpperCase()},\n`).join('')}  TINYML_KERNELS
} tinyml_kernel;

/* The most that any kernel has. */
enum {
  TINYML_MAX_OPERANDS = ${most(({ operands }) => operands.length)},
  TINYML_MAX_PARAMS = ${most(({ params }) => Object.keys(params).length)}
};

#endif
`;
}

function printTerm(term: Term): string {
  return typeof term === 'number' ? `${term}` : `p->${snake(term)}`;
}

function printFactor(factor: Factor): string {
  if (typeof factor !== 'object') return printTerm(factor);
  if ('over' in factor) {
    const [dividend, divisor] = factor.over.map(printTerm);
    return `(${dividend} - 1) / ${divisor} + 1`;
  }
  if ('sum' in factor) return factor.sum.map(printTerm).join(' + ');
  if ('times' in factor) return `${printTerm(factor.times[0])} * ${factor.times[1]} + ${factor.plus}`;
  return `${printTerm(factor.when)} == ${factor.is} ? ${printTerm(factor.then)} : ${printTerm(factor.otherwise)}`;
}

function printSize(size: Size | null): string {
  if (size === null) return 'TINYML_ALL';
  return size.length === 1 ? printFactor(size[0]!) : `PRODUCT(${size.map(printFactor).join(', ')})`;
}

function usesParams(size: Size | null): boolean {
  return (size ?? []).some((factor) => typeof factor !== 'number');
}

function printNeeds({ name, signature: { operands, scratch } }: Row): string {
  const sizes = [...operands.map(({ elements }) => elements), scratch ?? null];
  const params = sizes.some(usesParams)
    ? `  const tinyml_${name}_params *p = params;\n`
    : '  (void)params;\n';
  const lines = operands.map(
    ({ elements, name: operand }, k) =>
      `  needs->operands[${k}] = ${printSize(elements)}; /* ${snake(operand)} */\n`,
  );
  const own = scratch === undefined ? '' : `  needs->scratch = ${printSize(scratch)};\n`;
  return `static void needs_${name}(const void *params, tinyml_needs *needs) {\n${params}${lines.join('')}${own}}\n`;
}

function printRanges({ name, signature: { params } }: Row): string {
  const ranges = Object.entries(params).map(
    ([field, [least, most]]) => `    {${intLiteral(least)}, ${intLiteral(most)}}, /* ${snake(field)} */\n`,
  );
  return `static const tinyml_range ranges_${name}[] = {\n${ranges.join('')}};\n`;
}

/** INT32_MIN has no literal of its own type. */
function intLiteral(value: number): string {
  if (value === -(2 ** 31)) return 'INT32_MIN';
  return value === 2 ** 31 - 1 ? 'INT32_MAX' : `${value}`;
}

const ROLES: Readonly<Record<Operand['kind'], string>> = {
  input: 'TINYML_INPUT',
  constant: 'TINYML_CONSTANT',
  output: 'TINYML_OUTPUT',
  update: 'TINYML_OUTPUT',
};

function printFacts(row: Row): string {
  const { name, signature } = row;
  const { operands, split } = signature;
  const facts = operands.map(({ kind, dtype, values }, k) => {
    const bytes = `sizeof(${C_TYPES[dtype]})`;
    const valued = `TINYML_${(values ?? 'any').toUpperCase()}`;
    const division = `TINYML_${(split?.operands[k] ?? 'shared').toUpperCase()}`;
    return `            {${ROLES[kind]}, ${bytes}, ${valued}, ${division}},\n`;
  });
  const inPlace = (signature.inPlace ?? []).reduce((bits, k) => bits | (1 << k), 0);
  const fields = [
    `.params = ${Object.keys(signature.params).length}`,
    `.ranges = ranges_${name}`,
    `.operand_count = ${operands.length}`,
    `.operands =\n        {\n${facts.join('')}        }`,
    `.in_place = ${inPlace}`,
    `.overlap = ${signature.overlap === undefined ? 'NULL' : `tinyml_overlap_${signature.overlap}`}`,
    `.unit = TINYML_BY_${(split?.by ?? 'nothing').toUpperCase()}`,
    `.rule = ${signature.rule === undefined ? 'NULL' : `tinyml_rule_${signature.rule}`}`,
    `.needs = needs_${name}`,
  ];
  return `    [TINYML_${name.toUpperCase()}] = {\n${fields.map((field) => `        ${field},\n`).join('')}    },\n`;
}

function printTable(): string {
  return `${NOTE}
#include "../kernels.h"

#include <stddef.h>

#include "../rules.h"

${ROWS.map(printNeeds).join('\n')}
${ROWS.map(printRanges).join('\n')}
const tinyml_kernel_facts tinyml_kernel_table[TINYML_KERNELS] = {
${ROWS.map(printFacts).join('')}};
`;
}

/** Generic implementations, and those for instruction sets, by kernel. */
function printImplementations(): string {
  const macro = ({ signature: { vector } }: Row): string =>
    vector === undefined ? '' : vector === 'simd' ? 'SIMD' : 'SIMD_F32';
  const generic = ROWS.map(
    ({ name }) => `static const tinyml_functions generic_${name} = {NULL, NULL, NULL, NULL, call_${name}};\n`,
  );
  const declared = ROWS.filter(({ signature }) => signature.vector !== undefined).map(
    (row) => `DECLARE_${macro(row)}(${row.name})\n`,
  );
  const rows = ROWS.map((row) => {
    const vectors = row.signature.vector === undefined ? '' : `, ${macro(row)}(${row.name})`;
    return `    [TINYML_${row.name.toUpperCase()}] = {&generic_${row.name}${vectors}},\n`;
  });
  return `${NOTE}
/* Included once, by implementations.c, which says what SIMD and SIMD_F32 are here. */

${generic.join('')}
${declared.join('')}
static const tinyml_functions *const table[TINYML_KERNELS][TINYML_ISAS] = {
${rows.join('')}};
`;
}
