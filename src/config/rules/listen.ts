import { isValid, type Problem, problem } from '../../problem/problem.ts';
import { needsHttp, readListenName } from '../values/haproxy.ts';
import { isServiceName, parsePortName } from '../values/kubernetes-names.ts';
import { describeValue } from '../yaml/faults.ts';
import type { YamlMap } from '../yaml/source.ts';
import { conflictAt, type Violation } from './violation.ts';

/** The keys of which a listen needs exactly one. */
export const portKeys = ['podPort', 'servicePort', 'lbServicePort'] as const;

/**
 * The rules between the keys of one listen. They apply to the values as written, not as parsed, so that violations are reported
 * together with faults of single values.
 */
export function listenRules(
  name: string,
  listen: YamlMap,
  { hasNodes, hasApi }: { readonly hasNodes: boolean; readonly hasApi: boolean },
): readonly Violation[] {
  const has = (key: string) => (listen[key] ?? null) !== null;
  const given = portKeys.filter(has);
  const out: Violation[] = [];
  const conflict = (key: string, what: string, hint: string) => out.push(conflictAt(['listen', name, key], 'key', what, hint));

  if (given.length !== 1) out.push({ path: ['listen', name, ...given.slice(1, 2)], part: 'key', problem: wrongPorts(given, listen) });
  if (!has('serviceName') && !isServiceName(name) && isListenName(name)) {
    const what = `the listen's name ${JSON.stringify(name)} cannot be the name of a service, and there is no serviceName`;
    out.push(conflictAt(['listen', name], 'key', what, 'add serviceName, with the name the service has in Kubernetes'));
  }
  const podPort = listen.podPort ?? null;
  const records = listen.records ?? 'auto';
  if (given.includes('lbServicePort') && !hasNodes) {
    conflict('lbServicePort', 'lbServicePort needs the nodes, and cluster.nodes is not set', 'add cluster.nodes: {NAME: ADDRESS}');
  }
  if (has('fallbackServicePort') && podPort === null && given.length > 0) {
    conflict('fallbackServicePort', `fallbackServicePort needs podPort, not ${given[0]}`, 'remove it, or use podPort');
  }
  if (has('fallbackServiceName') && typeof listen.fallbackServicePort !== 'number') {
    conflict('fallbackServiceName', 'fallbackServiceName needs a port of that Service', 'add fallbackServicePort: PORT, or remove it');
  }
  if (records !== 'auto' && podPort === null && given.length > 0) {
    conflict('records', `records says how pods are found, and ${given[0]} does not look for pods`, 'remove it, or use podPort');
  }
  if (records === 'endpoints' && !hasApi) {
    const what = 'records: endpoints asks the Kubernetes API, and cluster.api is not set';
    conflict('records', what, 'add cluster.api: {kubeconfig: FILE}, or choose DNS records: auto, wildcard, headless or srv');
  }
  if (typeof podPort === 'string' && isPortName(podPort)) {
    if (records === 'headless' || records === 'wildcard') {
      conflict(
        'records',
        `records: ${records} gives no port, and podPort is the name ${JSON.stringify(podPort)}`,
        'write records: srv, or a port number',
      );
    }
    if (!has('binds') && given.length === 1) {
      conflict('podPort', `podPort is the name ${JSON.stringify(podPort)}, so there is no port to listen on by default`, 'add binds');
    }
  }
  if (typeof podPort === 'number' && records === 'srv') {
    conflict(
      'records',
      `records: srv looks a port up by name, and podPort is the number ${podPort}`,
      "write the port's name in podPort, or set another value for records",
    );
  }
  const { balance } = listen;
  if (typeof balance === 'string' && needsHttp(balance) && (listen.mode ?? 'tcp') === 'tcp') {
    conflict('balance', `balance ${JSON.stringify(balance)} needs HTTP, and the mode is tcp`, 'write mode: http, or another balance');
  }
  const { binds, haproxyExtraConfig } = listen;
  if (
    Array.isArray(binds) &&
    binds.length === 0 &&
    !(typeof haproxyExtraConfig === 'string' && /^[ \t]*bind[ \t]/m.test(haproxyExtraConfig))
  ) {
    conflict('binds', 'there is no address to listen on', 'add one, or remove binds to listen on 127.0.0.1 and the port');
  }
  return out;
}

function wrongPorts(given: readonly string[], listen: YamlMap): Problem {
  const found =
    given.length === 0
      ? 'there is none'
      : `there are ${given.map((key) => `${key} ${describeValue(listen[key]).replace('the number ', '')}`).join(' and ')}`;
  const backup = given.length === 2 && given.includes('podPort') && given.includes('servicePort');
  const hint = backup
    ? 'to reach pods first and the ClusterIP when no pod is left, write fallbackServicePort in place of servicePort'
    : 'podPort reaches pods directly, servicePort the ClusterIP, lbServicePort the nodes';
  return problem('config.port-choice', { found, hint });
}

const isPortName = (text: string): boolean => isValid(() => parsePortName(text));
const isListenName = (text: string): boolean => isValid(() => readListenName(text));
