// The steps of `npm test -- --versions`.
import { existsSync, rmSync } from 'node:fs';
import { versions } from 'node:process';
import { provideHaproxy, suites, versionOnPath } from './haproxy-versions.mjs';
import { majors, provideNode } from './node-versions.mjs';

/** The suites that touch HAProxy: its check, its sockets, reloads, what it serves, and the files of the examples. */
export const haproxySuites = [
  'test/support/haproxy.test.ts',
  'test/haproxy/process',
  'test/haproxy-syntax',
  'test/daemon/changes.test.ts',
  'test/daemon/front.test.ts',
  'test/daemon/reload.test.ts',
  'test/daemon/rolling.test.ts',
  'test/daemon/runtime.test.ts',
  'test/daemon/runtime-faults.test.ts',
  'test/daemon/scaling.test.ts',
  'test/daemon/survival.test.ts',
  'test/doctor/frontend.test.ts',
  'test/examples/examples.test.ts',
  'test/scenario/serves.test.ts',
  'test/scenario/ways-in.test.ts',
];

/** npm start, a render and a watch. */
export const nodeSuites = ['test/demo/start.test.ts'];

const inUse = 'the tests above ran with it';

/**
 * The steps, each with the test files to run, and the folder with the version, to go in front of PATH. `reason` says why a step is left
 * out, and is null otherwise.
 */
export function versionRuns() {
  const missing = [...haproxySuites, ...nodeSuites].filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(`scripts/versions.mjs names ${missing.join(', ')}, which is not there`);
  const here = versionOnPath();
  const haproxy = Object.keys(suites)
    .sort()
    .map((version) => ({
      name: `HAProxy ${version}`,
      reason: version === here ? inUse : null,
      files: haproxySuites,
      provide: () => {
        const folder = provideHaproxy(version);
        return { folder, remove: () => rmSync(folder, { recursive: true }) };
      },
    }));
  const node = majors.map((major) => ({
    name: `Node ${major}`,
    reason: versions.node.startsWith(`${major}.`) ? inUse : null,
    files: nodeSuites,
    provide: () => ({ folder: provideNode(major), remove: () => {} }),
  }));
  return [...haproxy, ...node];
}
