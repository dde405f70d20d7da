/** The command line from source: what bin/tinyml.js is for the compiled package. */
import { main } from '../../src/cli/main.ts';

process.exitCode = await main(process.argv.slice(2));
