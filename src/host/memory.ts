import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Below this V8 may do as it likes, in bytes. */
const content = 64_000_000;

/**
 * Returns what a turn left behind. A file of many listens is several megabytes, and V8, which sees a machine with much memory,
 * would let a hundred of them pile up; the daemon lives on a small VM beside HAProxy. One collection costs some 30 ms.
 */
export function memoryTrimmer(): () => void {
  for (const flag of ['--optimize-for-size', '--semi-space-growth-factor=1', '--expose-gc']) setFlagsFromString(flag);
  const collect = runInNewContext('gc') as () => void;
  return () => {
    if (getHeapStatistics().total_heap_size > content) collect();
  };
}
