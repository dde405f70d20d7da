/** Prints what tells the class of an output: the best one, its score, its name. */
import { C_TYPES, cString, floatLiteral } from '../c-text.ts';
import type { Port } from '../layout.ts';

/** The output whose values are scores of classes: the only one, of one axis; null where there is none. */
export function scoresOf(outputs: readonly Port[]): Port | null {
  const [output] = outputs;
  if (outputs.length !== 1 || output === undefined || output.elements < 2) return null;
  return output.details.shape.every((size) => size === 1 || size === output.elements) ? output : null;
}

/** Declarations, each with its comment. */
export function printClassesHeader(
  outputs: readonly Port[],
  labels: readonly string[],
  name: string,
): readonly string[] {
  const scores = scoresOf(outputs);
  const best =
    scores === null
      ? []
      : [
          `/* The class with the highest score, of equals the first: an index of the output. Call it after ${name}_invoke(). */
int32_t ${name}_best_class(void);

/* The real value of one element of the output; 0 for an index that it has not. */
float ${name}_score(int32_t index);
`,
        ];
  const names =
    labels.length === 0
      ? []
      : [
          `#define ${name.toUpperCase()}_CLASSES ${labels.length}

/* The name of a class in UTF-8; empty for an index that is none. */
const char *${name}_class_name(int32_t index);
`,
        ];
  return [...best, ...names];
}

export function printClasses(
  outputs: readonly Port[],
  labels: readonly string[],
  name: string,
): readonly string[] {
  const scores = scoresOf(outputs);
  return [
    ...(scores === null ? [] : [printBest(scores, name), printScore(scores, name)]),
    ...(labels.length === 0 ? [] : [printNames(labels, name)]),
  ];
}

function printBest({ label, details }: Port, name: string): string {
  return `int32_t ${name}_best_class(void) {
  const ${C_TYPES[details.dtype]} *scores = ${name}_${label}();
  int32_t best = 0;
  for (int32_t i = 1; i < ${name.toUpperCase()}_OUTPUT_ELEMENTS; i++) {
    if (scores[i] > scores[best]) best = i;
  }
  return best;
}
`;
}

function printScore({ label, details }: Port, name: string): string {
  const { quant } = details;
  const raw = `${name}_${label}()[index]`;
  const value =
    quant === null
      ? `(float)${raw}`
      : `(float)(${raw} - (${quant.zeroPoint})) * ${floatLiteral(quant.scale)}`;
  return `float ${name}_score(int32_t index) {
  if (index < 0 || index >= ${name.toUpperCase()}_OUTPUT_ELEMENTS) return 0.0f;
  return ${value};
}
`;
}

function printNames(labels: readonly string[], name: string): string {
  return `const char *${name}_class_name(int32_t index) {
  static const char *const names[${labels.length}] = {
${labels.map((label) => `    ${cString(label)},`).join('\n')}
  };
  return index < 0 || index >= ${labels.length} ? "" : names[index];
}
`;
}
