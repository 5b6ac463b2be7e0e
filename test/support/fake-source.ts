import type { Config } from '../../src/config/config.ts';
import type { Observation } from '../../src/source/observation.ts';
import type { Source } from '../../src/source/source.ts';
import type { Clock } from '../../src/system/clock.ts';

/** A source in memory: it observes each listen as the test says. */
export interface FakeSource {
  readonly watch: Source['watch'];
}

/** A source that reports each listen once, and then at every poll. */
export function openFakeSource(clock: Clock, observe: (listen: Config['listens'][number], now: number) => Observation): FakeSource {
  return {
    async watch({ listens, pace }, report, signal, feed) {
      const observeAll = (of: readonly Config['listens'][number][]) => report(of.map((listen) => observe(listen, clock.now())));
      feed?.onChange(() => observeAll(feed.current()));
      for (;;) {
        observeAll([...listens, ...(feed?.current() ?? [])]);
        await clock.sleep(pace.poll, signal);
      }
    },
  };
}
