/** What a board says of a bundle, at the desk. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { EngineVerification, VerifyOptions } from '../target.ts';
import { isPassResults, verifyPass } from './board/pass-results.ts';
import { resultsText, verifyResults } from './board/results.ts';

/** @throws TinymlError as `verifyResults` and `verifyPass`; E_USAGE without results, and for layers: engines run on their board alone, as a whole */
export async function verifyEngine(
  folder: string,
  { results, layers, learning, maxLatencyMs }: VerifyOptions,
): Promise<EngineVerification> {
  if (results === null) {
    throw new TinymlError('E_USAGE', 'an engine runs on its board alone', {
      at: folder,
      hint: `copy the bundle there and run verify.sh; then give what it wrote: tinyml verify ${folder} --results build/results.json`,
    });
  }
  if (layers) {
    throw new TinymlError('E_USAGE', 'results of a board are of whole inferences, not of layers', {
      at: '--layers',
      hint: 'leave it out; "tinyml report" says where the time goes, layer by layer',
    });
  }
  if (learning !== null) {
    throw new TinymlError('E_USAGE', 'engines do not train', {
      at: '--learn',
      hint: 'leave it out: microcontrollers learn (deploy --training)',
    });
  }
  if (isPassResults(results)) return { kind: 'engine', ...verifyPass(folder, results, { maxLatencyMs }) };
  const verified = verifyResults(folder, results, { maxLatencyMs });
  const { name, profile, ...json } = verified;
  return { kind: 'engine', name, profile, json, text: resultsText(verified) };
}
