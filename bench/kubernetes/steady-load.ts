import { ask } from './scene.ts';

/** Requests at a steady rate, whatever the answers take. */
export interface SteadyLoad {
  readonly stop: () => Promise<{ readonly requests: number; readonly failures: number }>;
}

/** Sends so many requests a second to a port, each on a connection of its own. */
export function steadyLoad(port: number, perSecond: number, host = '127.0.0.1'): SteadyLoad {
  let [requests, failures] = [0, 0];
  const open = new Set<Promise<void>>();
  const began = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    for (; requests < due; requests++) {
      const one: Promise<void> = ask(port, host).then((answer) => {
        if (answer === null) failures++;
        open.delete(one);
      });
      open.add(one);
    }
  }, 5);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      return { requests, failures };
    },
  };
}
