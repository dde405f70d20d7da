/** Sums, means, maxima and minima of any number of operands that broadcast, in the order in which they stand. */
import { plainLayout, wholeStrided } from '../../lower/shared/views.ts';
import type { Flow } from './arithmetic.ts';
import { numberOperand, type Operand, pushBinary, pushWhereLess } from './boxes.ts';
import type { Context, EmittedUnit } from './context.ts';
import type { FunctionSource, Term } from './functions.ts';
import type { Unit } from './network.ts';
import { type Give, giveTerm, operandOf, outputBox } from './terms.ts';

type Several = Extract<FunctionSource, { kind: 'several' }>;

export function several(c: Context, unit: Unit, source: Several): Flow {
  const { e } = c;
  const box = outputBox(c, source);
  const whole = wholeStrided(box, plainLayout(box.length));
  const all = partsOf(c, unit, source).at(-1)!;
  if (source.factor === 1) return all.flow;
  const factors = [{ tensor: all.flow.data, at: whole }, numberOperand(e, unit.name, source.factor)] as const;
  return pushBinary(e, unit.name, 'multiply', factors, box);
}

type Part = {
  /** Of the operands so far. */
  readonly flow: Flow;
  /** Of those before, and the one that came to it. */
  readonly before: Operand;
  readonly last: Operand;
};

/** What is made of the first two operands, then of the first three and so on; of one operand it and nothing. */
function partsOf(c: Context, unit: Unit, source: Several): readonly Part[] {
  const { e } = c;
  const box = outputBox(c, source);
  const whole = wholeStrided(box, plainLayout(box.length));
  const operand = (term: Term): Operand => operandOf(c, unit, source, term);
  const [first, ...others] = source.terms;
  const parts: Part[] = [];
  let before = operand(first!);
  for (const term of others.length === 0 ? [first!] : others) {
    const last = operand(term);
    const flow = pushBinary(e, unit.name, source.operation, [before, last], box);
    parts.push({ flow, before, last });
    before = { tensor: flow.data, at: whole };
  }
  return parts;
}

/** Of equals the last one is what passes. */
export function throughSeveral(c: Context, emitted: EmittedUnit, source: Several, g: Flow, give: Give): void {
  const { e, needsGradient } = c;
  const { unit } = emitted;
  const { name } = unit;
  const { terms, operation, factor } = source;
  const box = outputBox(c, source);
  const whole = wholeStrided(box, plainLayout(box.length));
  const giveTo = (term: Term, tensor: Flow['data']): void => {
    if (term.kind === 'value' && needsGradient.has(term.reading.value)) {
      giveTerm(c, emitted, source, term, { tensor, isShared: true }, give);
    }
  };
  if (operation === 'add') {
    const scaled =
      factor === 1
        ? g
        : pushBinary(
            e,
            name,
            'multiply',
            [{ tensor: g.data, at: whole }, numberOperand(e, name, factor)],
            box,
            'gradient',
          );
    for (const term of terms) giveTo(term, scaled.data);
    return;
  }
  const none = numberOperand(e, name, 0);
  const parts = partsOf(c, unit, source);
  let rest = g.data;
  parts.forEach((_, i) => {
    const at = parts.length - 1 - i;
    const { before, last } = parts[at]!;
    const isLess = operation === 'maximum' ? ([last, before] as const) : ([before, last] as const);
    const incoming = { tensor: rest, at: whole };
    const chosen = (yes: Operand, no: Operand) => pushWhereLess(e, name, isLess, [yes, no], box).data;
    giveTo(terms[at + 1]!, chosen(none, incoming));
    rest = chosen(incoming, none);
  });
  giveTo(terms[0]!, rest);
}
