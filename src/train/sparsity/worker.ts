/** Entry of a thread that does probes. */
import { serveRuns } from '../../parallel/runs.ts';
import { createProbe } from './probe.ts';

serveRuns(createProbe);
