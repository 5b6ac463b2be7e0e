import { growth } from './growth.ts';
import { idle } from './idle.ts';
import { latency } from './latency.ts';
import { notReady } from './not-ready.ts';
import { rolling } from './rolling.ts';
import { runParts } from './scene.ts';

await runParts({ latency, growth, rolling, 'not-ready': notReady, idle });
process.exit();
