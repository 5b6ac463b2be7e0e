import * as z from 'zod/mini';
import { durationPattern, parseDuration } from '../values/duration.ts';
import { readListenName, readStatus } from '../values/haproxy.ts';
import { parseShare, sharePattern } from '../values/share.ts';
import { cluster } from './cluster.ts';
import { settleDefaults } from './defaults.ts';
import { group, namedEntries, optional, parsedText, withDefault } from './fields.ts';
import { haproxy } from './haproxy.ts';
import { listen } from './listen.ts';
import { loadBalancer } from './load-balancer.ts';

const duration = (least: string, max: string) =>
  parsedText(`a duration such as 1s, from ${least} to ${max}`, (value) => parseDuration(value, least, max), durationPattern);
const pace = z.strictObject(
  {
    poll: withDefault(
      'Time between two questions to cluster DNS for one listen; longer where that would be more than 300 questions a second.',
      duration('50ms', '1h'),
      '1s',
    ),
    settle: group(
      'Quiet time before a change is applied, and the longest wait for it.',
      z.strictObject(
        {
          min: withDefault('Quiet time after a change.', duration('0ms', '1m'), settleDefaults.min),
          max: withDefault('Longest wait while changes continue.', duration('0ms', '10m'), settleDefaults.max),
        },
        { error: 'a mapping with min and max' },
      ),
    ),
    reloadEvery: withDefault('Shortest time between two reloads; the first is immediate.', duration('0s', '1h'), '10s'),
    drain: withDefault(
      'With `cluster.api`: how long the connections of a pod that is gone or not ready may last before they are closed.',
      duration('0s', '24h'),
      '1h',
    ),
    keepLost: withDefault(
      'When at least four listens had pods, and more than this share of them lose all within a minute, the last known servers stay and health checks decide. `none`: never.',
      parsedText('a percentage such as 50%, or none', parseShare, sharePattern),
      '50%',
    ),
  },
  { error: 'a mapping' },
);

/** The schema of podfront.yaml: it validates values, and the types and the JSON Schema are derived from it. */
export const schema = z.strictObject(
  {
    cluster: group('The cluster and its networks.', cluster),
    haproxy: group('HAProxy, its file and how it is reloaded.', haproxy),
    status: withDefault(
      'Where `watch` serves health, metrics and status: an address such as `127.0.0.1:9180`, the absolute path of a unix socket, or `none`.',
      parsedText('none, an address such as 127.0.0.1:9180, or the path of a unix socket', readStatus),
      'none',
    ),
    pace: group('How often podfront asks, and how long it waits.', pace),
    listen: optional(
      'The listens, by name: their addresses, and the service that each one leads to. At least one, unless there is `loadBalancer`.',
      namedEntries('a mapping of names to listens', readListenName, listen),
    ),
    loadBalancer: optional(
      'Services of type LoadBalancer: which ones are served, and on which addresses. Needs `cluster.api`.',
      loadBalancer,
    ),
  },
  { error: 'a mapping with the keys cluster, haproxy, status, pace, listen and loadBalancer' },
);

/** The configuration as a user writes it. */
export type ConfigInput = z.input<typeof schema>;
/** The configuration as the schema parses it, before the rules between keys. */
export type Settings = z.output<typeof schema>;
/** One listen as the schema parses it. */
export type ListenSettings = z.output<typeof listen>;
