/** The sources of the project, and what each imports and exports: read as text, type-only imports included. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

/** Paths are relative to the root of the project. */
export type Source = { readonly path: string; readonly text: string };

/** One import of one file. `names` null: all of them. */
export type Import = { readonly path: string; readonly names: readonly string[] | null };

/** All files of a folder that hold TypeScript or JavaScript. */
export function sourcesIn(folder: string): readonly Source[] {
  return readdirSync(join(packageRoot(), folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|js)$/.test(name))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort()
    .map((path) => ({ path, text: readFileSync(join(packageRoot(), path), 'utf8') }));
}

const STATIC = /^(?:import|export)(?: type)? (?!\* as)(?:\{([^}]*)\}|[^'{]*) from '(\.[^']+)';/gm;
/** Of `import * as a`, what is read of it. */
const WHOLE = /^import \* as (\w+) from '(\.[^']+)';/gm;
const BARE = /^import '(\.[^']+)';/gm;
/** `const { a } = await import('./b.ts')`, `(await import('./b.ts')).a`, `import('./b.ts').then(({ a }) =>`; else all of it. */
const DYNAMIC =
  /(?:\{([^{}]*)\} = await )?import\('(\.[^']+)'\)(?:\)\.(\w+)|\.then\(\(\{([^{}]*)\}\)|\.([A-Z]\w*))?/g;

export function importsOf({ path, text }: Source): readonly Import[] {
  const found = (names: string | undefined, from: string): Import => ({
    path: sourceOf(normalize(join(dirname(path), from)).replaceAll('\\', '/')),
    names: names === undefined ? null : namesIn(names),
  });
  return [
    ...[...text.matchAll(STATIC)].map(([, names, from]) => found(names, from!)),
    ...[...text.matchAll(WHOLE)].map(([, name, from]) => found(membersOf(name!, text).join(), from!)),
    ...[...text.matchAll(BARE)].map(([, from]) => found('', from!)),
    ...[...text.matchAll(DYNAMIC)].map(([, names, from, ...others]) =>
      found(names ?? others.find((name) => name !== undefined), from!),
    ),
  ];
}

function membersOf(name: string, text: string): readonly string[] {
  return [...text.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, 'g'))].map(([, member]) => member!);
}

/** What the command itself imports is compiled. */
function sourceOf(path: string): string {
  return path.replace(/^dist\/(.*)\.js$/, '$1.ts');
}

/** Of `a, type B, c as d`: a, B and c. */
function namesIn(list: string): readonly string[] {
  return list
    .split(',')
    .map((item) =>
      item
        .trim()
        .replace(/^type /, '')
        .split(/ as |:/)[0]!
        .trim(),
    )
    .filter((name) => name !== '');
}

const EXPORT = /^export (?:async )?(?:const|function|type|class|let|interface|enum) (\w+)/gm;

export function exportsOf({ text }: Source): readonly string[] {
  return [...text.matchAll(EXPORT)].map(([, name]) => name!);
}
