/** Prints the C functions that make an input of floats. */
import type { FloatConversion } from './conversions.ts';

/** @param label of the input */
export function floatsPrototype(name: string, label: string, kind: FloatConversion['kind']): string {
  return `void ${name}_${label}_from_${kind}(const float *values)`;
}

/** One loop for each axis of the data; `symbols` are those of the encoders. */
export function printFloats(
  { kind, axes, laneAxis }: FloatConversion,
  name: string,
  label: string,
  type: string,
  symbols: readonly string[],
): string {
  const loops = merged(axes, laneAxis);
  const index = (depth: number): string => 'ijklmnop'[depth]!;
  const lane = laneAxis === null ? null : loops.findIndex(({ counts }) => counts);
  const target = loops
    .map(({ stride }, depth) => (stride === 1 ? index(depth) : `${index(depth)} * ${stride}`))
    .join(' + ');
  const body =
    lane === null
      ? [`to[${target || '0'}] = ${symbols[0]}(*values++);`]
      : [
          `switch (${index(lane)}) {`,
          ...symbols.map((symbol, c) => {
            const label = c === symbols.length - 1 ? '  default:' : `  case ${c}:`;
            return `${label}\n    to[${target}] = ${symbol}(*values++);\n    break;`;
          }),
          '}',
        ];
  const open = loops.map(
    ({ size }, depth) =>
      `${'  '.repeat(depth + 1)}for (int32_t ${index(depth)} = 0; ${index(depth)} < ${size}; ${index(depth)}++) {`,
  );
  const close = loops.map((_, depth) => `${'  '.repeat(loops.length - depth)}}`);
  const indent = '  '.repeat(loops.length + 1);
  const indented = body.join('\n').replace(/^/gm, indent);
  return `${floatsPrototype(name, label, kind)} {
  ${type} *to = ${name}_${label}();
${[...open, indented, ...close].join('\n')}
}
`;
}

type Loop = { readonly size: number; readonly stride: number; readonly counts: boolean };

/** Axes that follow one another in the data and in the input are one loop; the axis of the lanes stays its own. */
function merged(axes: FloatConversion['axes'], laneAxis: number | null): readonly Loop[] {
  const loops: Loop[] = [];
  for (const [axis, { size, stride }] of axes.entries()) {
    const outer = loops.at(-1);
    const counts = axis === laneAxis;
    const follows = outer !== undefined && !outer.counts && !counts && outer.stride === size * stride;
    if (follows) loops[loops.length - 1] = { size: outer.size * size, stride, counts };
    else loops.push({ size, stride, counts });
  }
  return loops;
}
