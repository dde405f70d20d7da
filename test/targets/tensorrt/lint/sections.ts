/** The rules as docs/commands/lint.md has them: each with what is said of a model that breaks it. */
import { lintModel } from '../../../../src/targets/tensorrt/lint/index.ts';
import { RULES } from '../../../../src/targets/tensorrt/lint/rules.ts';
import { CACHE_CASES } from './cache-cases.ts';
import { CASES, ORIN } from './cases.ts';
import { cacheOf, fileOf, platformOf } from './foreign.ts';

/** Markdown, a section for each rule. */
export function ruleSections(): readonly string[] {
  return RULES.map(({ id, title, help }) => [`### ${id}: ${title}`, help, ...examples(id)].join('\n\n'));
}

function examples(id: string): readonly string[] {
  return [...CASES, ...CACHE_CASES]
    .filter(({ rule }) => rule === id)
    .map(({ what, bytes, on, cache }) => {
      const platform = platformOf(...(on ?? ORIN));
      const { message, cause, fix, severity } = lintModel(
        fileOf(bytes()),
        platform,
        {},
        cacheOf(cache, platform),
      ).find(({ rule }) => rule === id)!;
      const where = `TensorRT ${platform.release.id}${platform.profile.precisions.int8 ? '' : `, ${platform.profile.name}`}`;
      return `- ${what} (${severity}, ${where}): ${message}. Why: ${cause}. Fix: ${fix}.`;
    });
}
