// Where what was fetched or built for tests and packages is kept between two runs.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';

/** The folder for it; PODFRONT_TEST_CACHE names another one. It may not exist yet. */
export function cacheFolder() {
  return env.PODFRONT_TEST_CACHE ?? join(homedir(), '.cache', 'podfront-test');
}
