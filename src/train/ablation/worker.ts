/** Entry of a thread that does runs of an ablation. */
import { serveRuns } from '../../parallel/runs.ts';
import { createAblationRunner } from './run.ts';

serveRuns(createAblationRunner);
