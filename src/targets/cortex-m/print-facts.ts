/** What the calls of a kernel have in common: in place of `native/kernels/generic/tinyml_facts.h`, so that compilers leave out what none of them takes. */
import { type Step, signatureOf, stepParams } from '../../program/kernels/index.ts';
import { intLiteral, snakeCase } from './c-text.ts';
import type { NativeSources } from './native-sources.ts';

const FACTS = 'kernels/generic/tinyml_facts.h';

/** The sources of a bundle, with what is known of the parameters of its steps. */
export function withFacts(native: NativeSources, steps: readonly Step[]): NativeSources {
  return new Map([...native, [FACTS, printFacts(steps)]]);
}

function printFacts(steps: readonly Step[]): string {
  const called = steps.flatMap((step) => signatureOf(step.kernel)?.calls ?? []);
  const kernels = [...new Set([...steps.map(({ kernel }) => kernel), ...called])].sort();
  const facts = kernels.map((kernel) => {
    const calls = steps.filter((step) => step.kernel === kernel);
    // What other kernels call it with is theirs.
    const known = (called.includes(kernel) ? ['(params) != 0'] : factsOf(calls.map(stepParams))).join(
      ' && \\\n   ',
    );
    return `#define TINYML_FACTS_${kernel}(params) \\\n  (${known})`;
  });
  return `/* What the parameters of all calls of a kernel have in common. Generated; do not edit. */
#ifndef TINYML_FACTS_H
#define TINYML_FACTS_H

#if defined(__GNUC__)
#define TINYML_FACTS(kernel, params) \\
  do { \\
    if (!TINYML_FACTS_##kernel(params)) __builtin_unreachable(); \\
  } while (0)
#else
#define TINYML_FACTS(kernel, params) ((void)(params))
#endif

${facts.join('\n\n')}

#endif
`;
}

/** @param calls the parameters of each, in one order */
function factsOf(calls: readonly (readonly (readonly [string, number])[])[]): readonly string[] {
  return calls[0]!.flatMap(([name], i) => {
    const values = calls.map((params) => params[i]![1]);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const param = `(params)->${snakeCase(name)}`;
    if (least === most) return [`${param} == ${intLiteral(least)}`];
    return [`${param} >= ${intLiteral(least)}`, `${param} <= ${intLiteral(most)}`];
  });
}
