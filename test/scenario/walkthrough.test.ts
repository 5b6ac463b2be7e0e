import test, { type ExecutionContext } from 'ava';
import type { Check } from '../../src/doctor/check.ts';
import { eventually } from '../support/daemon-frontend.ts';
import { type FrontendVm, frontendVm } from '../support/frontend-vm.ts';
import { needs } from '../support/needs.ts';
import { atWork, follow, type Walk } from '../support/readme-steps.ts';

// A walk: the first test makes a frontend VM as the README says; each of the others breaks one thing of it, and mends it again.
const walk = needs('root', 'netns', 'ip', 'haproxy', 'curl').serial;

const undo: (() => void)[] = [];
test.after.always(() => {
  for (const one of undo.reverse()) one();
});

let made: Walk | null = null;

walk("The README's steps, typed as they stand, lead from an empty VM to traffic that the doctor finds well", async (t) => {
  const vm = await frontendVm((one) => undo.push(one));
  await vm.order({ kind: 'pods', count: 3 });
  const typed = await follow(t, vm);
  made = atWork(vm, typed);
  t.deepEqual(await doctor(made), { failed: [], warned: [] });
});

/** The check of the daemon, which some breaks stop so that it does not mend them. */
const stopped = 'podfront watch running';

/** Each thing that is broken, how, how it is mended, and the one check that must name it. */
const breaks: readonly {
  readonly what: string;
  readonly names: string | readonly string[];
  readonly seen: RegExp;
  readonly breakIt: (walk: Walk) => Promise<unknown>;
  readonly mendIt: (walk: Walk) => Promise<unknown>;
}[] = [
  {
    what: 'cluster DNS is off',
    names: ['cluster DNS over UDP', 'cluster DNS over TCP'],
    seen: /10\.0\.0\.254:53/,
    breakIt: ({ order }) => order({ kind: 'dns', fault: 'silent' }),
    mendIt: ({ order }) => order({ kind: 'dns', fault: 'none' }),
  },
  {
    what: 'the route to the pods is gone',
    names: 'route to the pod network 10.1.0.0/16',
    seen: /only the default route leads to 10\.1\.1\.\d by default via 198\.51\.100\.1/,
    breakIt: async ({ ip, client }) => {
      ip('route del 10.1.0.0/16');
      // HAProxy's own checks have found it too.
      await eventually('no pod is reached', async () => (await client('curl -s -m 2 http://198.51.100.2/')).stdout.startsWith('<html>'));
    },
    mendIt: async ({ routes }) => routes(),
  },
  {
    what: 'the route to the services is gone',
    names: 'route to the service network 10.0.0.0/24',
    seen: /only default via 198\.51\.100\.1 .* nor cluster DNS on 10\.0\.0\.254/,
    breakIt: async ({ ip }) => ip('route del 10.0.0.0/24'),
    mendIt: async ({ routes }) => routes(),
  },
  {
    what: 'HAProxy may not be told to reload',
    names: 'reload permitted',
    seen: /level user/,
    breakIt: async ({ stopHaproxy, haproxy }) => {
      await stopHaproxy();
      await haproxy(',level,user');
    },
    mendIt: async ({ stopHaproxy, haproxy }) => {
      await stopHaproxy();
      await haproxy();
    },
  },
  {
    what: 'HAProxy does not run',
    names: 'HAProxy running',
    seen: /cannot be reached over \/run\/haproxy-master\.sock/,
    breakIt: ({ stopHaproxy }) => stopHaproxy(),
    mendIt: ({ haproxy }) => haproxy(),
  },
  {
    what: 'the file on disk was changed and HAProxy runs the one before',
    names: [stopped, 'HAProxy runs the output'],
    seen: /an older state of the file/,
    breakIt: async ({ unwatch, configure, run }) => {
      await unwatch();
      configure((yaml) => yaml.replace('mode: http', 'mode: http\n    balance: roundrobin'));
      return run('podfront render /etc/haproxy/haproxy.cfg');
    },
    mendIt: async ({ watch, configure }) => {
      configure();
      await watch();
    },
  },
  {
    what: 'the configuration was changed and nobody wrote the file',
    names: ['output up to date', stopped],
    seen: /differs from the desired file in listen shop/,
    breakIt: async ({ unwatch, configure }) => {
      await unwatch();
      configure((yaml) => yaml.replace('mode: http', 'mode: http\n    balance: roundrobin'));
    },
    mendIt: async ({ watch, configure }) => {
      configure();
      await watch();
    },
  },
  {
    what: 'the namespace is misspelt',
    names: 'listen shop: service',
    seen: /defualt/,
    breakIt: async ({ configure, run }) => {
      configure((yaml) => yaml.replace('mode: http', 'mode: http\n    namespace: defualt'));
      await eventually('the daemon has taken it up', async () => (await run('grep defualt /etc/haproxy/haproxy.cfg')).status === 0);
      await eventually('HAProxy runs it', async () => {
        const { stdout } = await run('podfront doctor --json');
        return checksIn(stdout).some(({ name, result }) => name === 'HAProxy runs the output' && result === 'pass');
      });
    },
    mendIt: async ({ configure }) => configure(),
  },
  {
    what: 'the service got a ClusterIP',
    names: 'listen shop: service',
    seen: /ClusterIP/,
    breakIt: ({ order }) => order({ kind: 'service', headless: false }),
    mendIt: ({ order }) => order({ kind: 'service', headless: true }),
  },
  {
    what: '40 more pods came while podfront was stopped',
    names: [stopped, 'listen shop: slots'],
    seen: /43 pods, 20 slots: 23 pods get no traffic/,
    breakIt: async ({ unwatch, order }) => {
      await unwatch();
      await order({ kind: 'pods', count: 43 });
    },
    // The daemon makes room for them.
    mendIt: async ({ watch, run }) => {
      await watch();
      await eventually('HAProxy has all 43', async () => /\b43 of 43 addresses/.test((await run('podfront doctor --json')).stdout));
    },
  },
  {
    what: 'the way to HAProxy leads elsewhere',
    names: [stopped, 'HAProxy running'],
    seen: /cannot be reached over \/run\/elsewhere\.sock/,
    breakIt: async ({ unwatch, configure }) => {
      await unwatch();
      configure((yaml) => yaml.replace('/run/haproxy-master.sock', '/run/elsewhere.sock'));
    },
    mendIt: async ({ watch, configure }) => {
      configure();
      await watch();
    },
  },
];

for (const { what, names, seen, breakIt, mendIt } of breaks) {
  walk(`The doctor names exactly what is broken: ${what}`, async (t) => {
    if (made === null) throw new Error('there is no VM to break');
    try {
      await breakIt(made);
      await found(t, made, [names].flat(), seen);
    } finally {
      await mendIt(made);
      await wellAgain(made);
    }
  });
}

/** Nothing but these checks fails, and nothing warns. */
async function found(t: ExecutionContext, { run }: Walk, names: readonly string[], seen: RegExp): Promise<void> {
  const { status, stdout, stderr } = await run('podfront doctor --json');
  const bad = checksIn(stdout).filter(({ result }) => result === 'fail' || result === 'warn');
  t.deepEqual(
    bad.map(({ name, result }) => `${result} ${name}`),
    names.map((name) => `fail ${name}`),
    `${stderr}${bad.map((check) => `${check.name}: ${check.seen}`).join('\n')}`,
  );
  t.is(status, 1);
  for (const check of bad) {
    if (check.name !== stopped) t.regex(check.seen, seen);
    t.not(check.remedy, '');
  }
}

async function wellAgain(walk: Walk): Promise<void> {
  let last: unknown;
  await eventually('the doctor finds all well', async () => {
    last = await doctor(walk);
    return JSON.stringify(last) === JSON.stringify({ failed: [], warned: [] });
  }).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(last)}`);
  });
  await eventually('a pod answers', async () => (await walk.client('curl -s http://198.51.100.2/')).stdout.startsWith('pod 10.1.1.'));
}

async function doctor({ run }: FrontendVm): Promise<{ readonly failed: readonly string[]; readonly warned: readonly string[] }> {
  const checks = checksIn((await run('podfront doctor --json')).stdout);
  const of = (wanted: Check['result']) => checks.filter(({ result }) => result === wanted).map(({ name }) => name);
  return { failed: of('fail'), warned: of('warn') };
}

/** All but the speed of answers: what a busy machine takes to read them counts in it. */
function checksIn(json: string): readonly Check[] {
  const { checks } = JSON.parse(json) as { readonly checks: readonly Check[] };
  return checks.filter(({ name }) => name !== 'cluster DNS speed');
}
