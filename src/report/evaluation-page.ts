import type { Evaluation } from '../execute/evaluate.ts';
import { classSections } from './class-sections.ts';
import { evaluationText } from './evaluation-text.ts';
import { htmlFacts, htmlPage } from './html.ts';

type Measured = {
  readonly model: string;
  readonly data: string;
  /** `float32`, or `int8, as the device computes it`. */
  readonly arithmetic: string;
};

/** How good a model is on a data set. @param labels names of classes by index; empty where they are not known */
export function evaluationPage(
  { model, data, arithmetic }: Measured,
  evaluation: Evaluation,
  labels: readonly string[],
): string {
  const facts = htmlFacts([
    ['data', `${data}, ${evaluation.samples} samples`],
    ['computed in', arithmetic],
    [evaluation.kind === 'classification' ? 'accuracy' : 'error', evaluationText(evaluation)],
  ]);
  return htmlPage(`Evaluation: ${model}`, data, [
    { title: 'Result', body: facts },
    ...classSections(evaluation, labels),
  ]);
}
