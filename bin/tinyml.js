#!/usr/bin/env node
// Plain JavaScript that old versions of Node can still parse: it must be able to say that they are too old.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
const entry = new URL('../dist/src/cli/main.js', import.meta.url);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `error[E_USAGE]: tinyml needs Node.js 20.19 or newer, and this is ${process.versions.node}\n` +
      '  hint: Install a current Node.js, or put it first in PATH.\n',
  );
  process.exitCode = 2;
} else if (!existsSync(entry)) {
  process.stderr.write(
    'error[E_USAGE]: tinyml has not been built: there is no dist folder\n  hint: Run npm install, which also builds; or npm run build where that was done.\n',
  );
  process.exitCode = 2;
} else {
  nodeModule.enableCompileCache?.();
  import(entry).then(({ main }) =>
    main(process.argv.slice(2)).then((status) => {
      process.exitCode = status;
    }),
  );
}
