/** Findings as SARIF 2.1.0 (OASIS), the form that code hosts and editors show. */
import type { Finding } from './finding.ts';
import { RULES } from './rules.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** Paths of the model and of the calibration cache. */
type Files = { readonly model: string; readonly cache: string | null };

/** A run of the lint: all its rules with help, and a result for each finding. Nodes are logical locations in the file. */
export function lintSarif(findings: readonly Finding[], files: Files, toolVersion: string): object {
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'tinyml lint',
            version: toolVersion,
            rules: RULES.map(({ id, title, help, severity }) => ({
              id,
              shortDescription: { text: title },
              help: { text: help },
              defaultConfiguration: { level: severity },
            })),
          },
        },
        results: findings.map((finding) => resultOf(finding, files)),
      },
    ],
  };
}

function resultOf({ rule, severity, at, message, cause, fix }: Finding, files: Files): object {
  const path = rule.startsWith('K') ? (files.cache ?? files.model) : files.model;
  const artifactLocation = { uri: encodeURI(path.replaceAll('\\', '/')) };
  return {
    ruleId: rule,
    ruleIndex: RULES.findIndex(({ id }) => id === rule),
    level: severity,
    message: { text: `${message}: ${cause}. Fix: ${fix}.` },
    locations: [
      {
        physicalLocation: { artifactLocation },
        // A finding of the file itself has no node.
        logicalLocations: at
          .filter((name) => name !== files.model)
          .map((name) => ({ name, fullyQualifiedName: name, kind: 'function' })),
      },
    ],
  };
}
