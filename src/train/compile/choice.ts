/** One of two operands, by a condition that does not change. */
import { plainLayout, wholeStrided } from '../../lower/shared/views.ts';
import type { Flow } from './arithmetic.ts';
import { numberOperand, type Operand, pushSelect } from './boxes.ts';
import type { Context, EmittedUnit } from './context.ts';
import { constant } from './emit.ts';
import type { FunctionSource, Term } from './functions.ts';
import type { Unit } from './network.ts';
import { type Give, giveTerm, inOrderOf, operandOf, outputBox } from './terms.ts';

type Choice = Extract<FunctionSource, { kind: 'choice' }>;

export function choice(c: Context, unit: Unit, source: Choice): Flow {
  const both = [operandOf(c, unit, source, source.a), operandOf(c, unit, source, source.b)] as const;
  return pushSelect(c.e, unit.name, conditionOf(c, unit, source), both, outputBox(c, source), 'passing');
}

export function throughChoice(c: Context, emitted: EmittedUnit, source: Choice, g: Flow, give: Give): void {
  const { e, needsGradient } = c;
  const { unit } = emitted;
  const box = outputBox(c, source);
  const incoming = { tensor: g.data, at: wholeStrided(box, plainLayout(box.length)) };
  const none = numberOperand(e, unit.name, 0);
  const giveTo = (term: Term, both: readonly [Operand, Operand]): void => {
    if (term.kind !== 'value' || !needsGradient.has(term.reading.value)) return;
    const { data } = pushSelect(e, unit.name, conditionOf(c, unit, source), both, box, 'gradient');
    giveTerm(c, emitted, source, term, { tensor: data, isShared: false }, give);
  };
  giveTo(source.a, [incoming, none]);
  giveTo(source.b, [none, incoming]);
}

function conditionOf({ e }: Context, { name }: Unit, source: Choice): Operand {
  const { flags } = source;
  const own = inOrderOf(wholeStrided(flags.shape, plainLayout(flags.shape.length)), source);
  const at = { offset: 0, shape: [1, ...own.shape], strides: [0, ...own.strides] };
  return { tensor: constant(e, `${name}/condition`, flags.data), at };
}
