import { growth } from './growth.ts';
import { idle } from './idle.ts';
import { latency } from './latency.ts';
import { rolling } from './rolling.ts';
import { startScene } from './scene.ts';

const benches = { latency, growth, rolling, idle } as const;

for (const name of process.argv.slice(2)) {
  const scene = await startScene();
  try {
    console.log(`== ${name}`);
    await benches[name as keyof typeof benches](scene);
  } finally {
    await scene.close();
  }
}
process.exit();
