import type { Config, Listen } from '../config/config.ts';
import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import { bindsIn, listenBlocks } from '../haproxy/file/sections.ts';
import { managerOf, publicationsOf, type ServingListens } from '../load-balancer/balance.ts';
import type { Election } from '../load-balancer/lease.ts';
import type { LoadBalancer } from '../load-balancer/open.ts';
import type { Publication } from '../load-balancer/publication.ts';
import type { Published } from '../load-balancer/publish.ts';
import type { Service } from '../load-balancer/service.ts';
import { isOfClass } from '../load-balancer/services-to-listens.ts';
import type { ListenFeed } from '../source/source.ts';
import { type Clock, type InterruptibleSleep, interruptibleSleep } from '../system/clock.ts';
import type { DaemonEvent, LoopState } from './events.ts';
import type { ReconcileResult } from './reconciliation.ts';

/** The callbacks of a load balancer. */
interface LoadBalancerListener {
  readonly services: (services: readonly Service[]) => void;
  readonly election: (election: Election) => void;
  readonly published: (published: Published) => void;
}

/** A load balancer at work. */
interface RunningLoadBalancer {
  /** Sets what is written: at once, and again where that fails or someone else changes it. */
  readonly publish: (publications: readonly Publication[]) => void;
  /** While this VM leads: empties the statuses of these Services, and publishes nothing more. Resolves after at most some seconds. */
  readonly giveUp: (services: readonly Service[]) => Promise<unknown>;
  /** Ends with the signal, or with a defect. */
  readonly ended: Promise<void>;
  /** Resolves after the signal, once the Lease is released, so that the next writer need not wait. */
  readonly released: Promise<unknown>;
}

/** The longest delay of a timer in Node, in milliseconds. */
const maxDelay = 2 ** 31 - 1;
/** The longest time to empty the statuses of Services that another configuration no longer serves, in milliseconds. */
const longestGiveUp = 5_000;

/** Until the signal: watches Services, and if it may write, takes part in the election, and publishes while this VM leads. */
function runLoadBalancer(
  { watchServices, candidate, publisher }: LoadBalancer,
  clock: Clock,
  listener: LoadBalancerListener,
  mayWrite: boolean,
  signal: AbortSignal,
): RunningLoadBalancer {
  if (!mayWrite) {
    const nothing = async () => {};
    return { publish: () => {}, giveUp: nothing, ended: watchServices(listener.services, signal), released: nothing() };
  }
  let wanted: readonly Publication[] = [];
  let isNew = false;
  let sleep: InterruptibleSleep | null = null;
  const wake = () => {
    isNew = true;
    sleep?.wake();
  };

  async function publishing(): Promise<void> {
    for (let retryAt: number | null = null; ; ) {
      if (!isNew) {
        sleep = interruptibleSleep(clock, retryAt === null ? maxDelay : retryAt - clock.now(), signal);
        await sleep.done;
      }
      isNew = false;
      retryAt = null;
      if (!candidate.isLeader()) continue;
      const published = await publisher.publish(wanted, signal, () => isNew);
      retryAt = published.retryAt;
      listener.published(published);
    }
  }

  const changed = () => {
    listener.election(candidate.election());
    wake();
  };
  const campaign = candidate.run(changed, signal);
  return {
    publish(publications) {
      wanted = publications;
      wake();
    },
    async giveUp(services) {
      wanted = [];
      const publications = services.map((service): Publication => ({ service, addresses: [], events: [] }));
      if (candidate.isLeader()) await publisher.publish(publications, AbortSignal.timeout(longestGiveUp)).catch(() => {});
    },
    ended: Promise.all([watchServices(listener.services, signal), campaign, publishing()]).then(() => {}),
    released: campaign.catch(() => {}),
  };
}

/** The controller of Services of type LoadBalancer: it turns changes of Services into events of the loop, and writes the results to the API. */
export interface ServiceController {
  /** Works for one configuration until the signal; does nothing where that has no `loadBalancer`. Without `mayWrite` it only watches. */
  readonly run: (config: Config, mayWrite: boolean, signal: AbortSignal) => Promise<void>;
  /** The listens of Services, for the source. */
  readonly feed: ListenFeed;
  /** Passes on changes of the loop: new listens to the source, new publications to the API. */
  readonly update: (loop: LoopState, result: ReconcileResult | null) => void;
  /** Before the configuration is replaced by this one: empties the statuses of Services that it does not serve. */
  readonly giveUp: (config: Config) => Promise<unknown>;
  /** Resolves after the signal, once the Lease is released, which takes at most some seconds. */
  readonly released: () => Promise<unknown>;
}

/** @param open null where the daemon has no load balancer */
export function openServices(
  open: ((config: Config) => LoadBalancer) | undefined,
  clock: Clock,
  post: (event: DaemonEvent) => void,
): ServiceController {
  let running: RunningLoadBalancer | null = null;
  let listens: readonly Listen[] = [];
  let listensChanged = () => {};
  let updated: { readonly balancing: LoopState['services']['balancing']; readonly result: ReconcileResult | null } | null = null;
  const listener: LoadBalancerListener = {
    services: (services) => post({ kind: 'services', services }),
    election: (election) => post({ kind: 'election', election }),
    published: (published) => post({ kind: 'published', published }),
  };
  return {
    async run(config, mayWrite, signal) {
      running =
        open === undefined || config.loadBalancer === null ? null : runLoadBalancer(open(config), clock, listener, mayWrite, signal);
      updated = null;
      await running?.ended;
    },
    feed: {
      current: () => listens,
      onChange(to) {
        listensChanged = to;
      },
    },
    update(loop, result) {
      const { config, fileConfig, services } = loop;
      const now = config.listens.slice(fileConfig.listens.length);
      if (now.length !== listens.length || now.some((listen, i) => listen !== listens[i])) {
        listens = now;
        listensChanged();
      }
      if (running === null || (updated?.balancing === services.balancing && updated.result === result)) return;
      updated = { balancing: services.balancing, result };
      running.publish(publications(loop, result));
    },
    async giveUp(config) {
      const served = updated?.balancing.served.map(({ service }) => service) ?? [];
      const left = served.filter((service) => service.published.length > 0 && !isOfClass(config, managerOf(config), service));
      if (left.length > 0) await running?.giveUp(left);
    },
    released: async () => running?.released,
  };
}

/** The parts of a result that publications depend on. */
type PublishedResult = Pick<ReconcileResult, 'desired' | 'inspection' | 'plan' | 'problem'>;

/** The publications for all Services after a reconciliation. */
export function publications({ config, services }: LoopState, result: PublishedResult | null): readonly Publication[] {
  return publicationsOf(services.balancing, servingListens(config, result));
}

/** The listens that HAProxy serves after a reconciliation: it runs the desired file, or has it on disk where podfront does not reload. */
function servingListens({ haproxy }: Config, result: PublishedResult | null): ServingListens {
  if (result === null) return { binds: null, heldBack: new Map() };
  const { desired, inspection, plan, problem } = result;
  const isWritten = plan.kind !== 'hold' && problem === null;
  const runs = haproxy.reload.kind === 'none' ? isWritten : inspection.digest === reloadDigest(desired.text);
  if (!runs) return { binds: null, heldBack: desired.heldBack };
  return {
    binds: new Map([...listenBlocks(desired.text)].map(([name, block]) => [name, new Set(bindsIn(block))])),
    heldBack: desired.heldBack,
  };
}
