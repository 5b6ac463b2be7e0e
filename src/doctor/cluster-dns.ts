import { setTimeout as sleep } from 'node:timers/promises';
import type { Nameserver } from '../config/config.ts';
import type { LookupResult, Outcome } from '../dns/message/outcome.ts';
import type { Question } from '../dns/message/question.ts';
import { openResolver } from '../dns/resolver.ts';
import { hostPort } from '../ip/address.ts';
import { contains } from '../ip/network.ts';
import { dnsLookups } from '../source/observation.ts';
import { shortList } from '../terminal/short-list.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';
import { dnsOverTcp, dnsOverUdp, serviceRouteName } from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { type CheckWithCauses, withCauses } from './root-causes.ts';

/** Milliseconds until a question is given up; cluster DNS answers within one. */
export const questionTimeout = 2_000;

/** Milliseconds; a name server that never answers faster leads to a warning, because HAProxy asks every second. */
const slow = 100;

/** Checks which name servers answer over which transport and how fast, and whether they are cluster DNS, cache, and answer wildcards. */
export async function clusterDnsChecks(facts: DoctorFacts): Promise<readonly CheckWithCauses[]> {
  const { nameservers } = facts.config.cluster;
  if (nameservers.length === 0) return [skip(dnsOverUdp, 'no listen needs cluster DNS, and cluster.nameservers names none')];
  const routes = routesTo(facts);
  const [udp, tcp, caching, wildcards] = await Promise.all([
    Promise.all(nameservers.map((server) => (server.transport === 'tcp' ? null : askVersion(facts, server, 'udp')))),
    Promise.all(nameservers.map((server) => askVersion(facts, server, 'tcp'))),
    cachingCheck(facts),
    wildcardCheck(facts),
  ]);
  const asked = [...udp, ...tcp].filter((answer) => answer !== null);
  return [
    udp.every((answer) => answer === null)
      ? skip(dnsOverUdp, 'every name server is asked over TCP only (tcp@)')
      : withCauses(
          transportCheck(
            dnsOverUdp,
            udp.filter((answer) => answer !== null),
            'allow UDP to its port 53, or write it as tcp@ADDRESS',
          ),
          routes,
        ),
    withCauses(transportCheck(dnsOverTcp, tcp, 'allow TCP to its port 53: large answers come over TCP only'), routes),
    versionCheck(facts, asked),
    await speedCheck(facts),
    caching,
    wildcards,
  ];
}

/** Names of the route checks without which no name server is reachable; none where a name server lies outside the service networks. */
function routesTo({ config: { cluster } }: DoctorFacts): readonly string[] {
  const routes = cluster.nameservers.map(({ address }) => cluster.serviceNetworks.find((network) => contains(network, address)));
  return routes.includes(undefined)
    ? []
    : [...new Set(routes.flatMap((network) => (network === undefined ? [] : serviceRouteName(network))))];
}

interface VersionAnswer {
  readonly server: string;
  readonly reply: LookupResult;
  /** Whether it came over the transport that was asked for. */
  readonly arrived: boolean;
}

async function askVersion(facts: DoctorFacts, server: Nameserver, transport: 'udp' | 'tcp'): Promise<VersionAnswer> {
  const reply = await askOnce(facts, [{ ...server, transport }], { name: `dns-version.${facts.config.cluster.domain}`, type: 'TXT' });
  const arrived = reply.lookup.rcode !== null && reply.lookup.transport === transport;
  return { server: hostPort(server.address.text, server.port), reply, arrived };
}

async function askOnce({ context }: DoctorFacts, nameservers: readonly Nameserver[], question: Question): Promise<LookupResult> {
  const resolver = openResolver({ nameservers, timeouts: { overall: questionTimeout } });
  try {
    return await resolver.ask(question, context.io.signal);
  } finally {
    resolver.close();
  }
}

function transportCheck(name: string, answers: readonly VersionAnswer[], remedy: string): Check {
  const shown = answers.map(({ server, reply: { lookup, outcome }, arrived }) => {
    if (arrived && isAnswer(outcome)) return `${server} answers in ${lookup.ms.toFixed(1)} ms`;
    return outcome.kind === 'failed' ? `${server}: ${outcome.problem.message}` : `${server}: no answer`;
  });
  const good = answers.filter(({ arrived, reply }) => arrived && isAnswer(reply.outcome)).length;
  if (good === answers.length) return pass(name, shown.join('; '));
  const [bad] = answers.flatMap(({ reply: { outcome } }) => (outcome.kind === 'failed' ? [outcome.problem.hint] : []));
  return (good === 0 ? fail : warn)(name, shown.join('; '), [remedy, ...(bad === undefined || bad === '' ? [] : [bad])].join('; '));
}

/** Whether the server answered at all, even if it knows nothing of the cluster. */
function isAnswer(outcome: Outcome): boolean {
  return outcome.kind !== 'failed' || outcome.problem.code === 'dns.not-cluster-dns';
}

/** Every cluster DNS has the TXT record dns-version (Kubernetes DNS specification 1.1.0, 2.2). */
function versionCheck({ config }: DoctorFacts, answers: readonly VersionAnswer[]): Check {
  const name = 'cluster DNS version';
  const texts = answers.flatMap(({ reply: { outcome } }) => (outcome.kind === 'found' ? outcome.texts : []));
  if (texts.length > 0) return pass(name, `version ${[...new Set(texts)].join(', ')} of the Kubernetes DNS specification`);
  if (!answers.some(({ reply }) => isAnswer(reply.outcome))) return skip(name, 'no name server answered');
  const remedy = 'check cluster.nameservers and cluster.domain: this is not the DNS of a cluster with that domain';
  return warn(name, `dns-version.${config.cluster.domain} does not exist`, remedy);
}

/** The number of questions to each name server by which its speed is measured. */
const speedQuestions = 3;

/**
 * Checks the speed of each name server by its fastest answer to questions asked one at a time: answers to many questions at once wait for
 * doctor itself.
 */
async function speedCheck(facts: DoctorFacts): Promise<Check> {
  const name = 'cluster DNS speed';
  const fastest = await Promise.all(
    facts.config.cluster.nameservers.map(async (server) => {
      const times: number[] = [];
      for (let i = 0; i < speedQuestions; i++) {
        const { lookup } = await askVersion(facts, server, server.transport).then(({ reply }) => reply);
        if (lookup.rcode === null) break;
        times.push(lookup.ms);
      }
      return times.length === 0 ? [] : [{ server: hostPort(server.address.text, server.port), ms: Math.min(...times) }];
    }),
  );
  const answering = fastest.flat();
  if (answering.length === 0) return skip(name, 'no name server answered');
  const seen = answering.map(({ server, ms }) => `${server} answers in ${ms.toFixed(1)} ms`).join(', ');
  const isSlow = answering.some(({ ms }) => ms > slow);
  return isSlow ? warn(name, seen, 'check the load of cluster DNS and the network path to it') : pass(name, seen);
}

/** Checks whether answers are cached: CoreDNS' cache plugin counts TTLs down, and an answer can be as old as its TTL. kubeadm sets 30 s. */
async function cachingCheck(facts: DoctorFacts): Promise<Check> {
  const name = 'cluster DNS caching';
  const { config, context, observations } = facts;
  const positive = observations.flatMap(dnsLookups).find(({ answers, ttl }) => answers > 0 && ttl !== null && ttl > 1);
  const question: Question = positive ?? { name: `dns-version.${config.cluster.domain}`, type: 'TXT' };
  const first = await askOnce(facts, config.cluster.nameservers, { name: question.name, type: question.type });
  if (first.outcome.kind !== 'found') return skip(name, 'no name was answered that could be asked for twice');
  await sleep(1_100, undefined, { signal: context.io.signal });
  const second = await askOnce(facts, config.cluster.nameservers, { name: question.name, type: question.type });
  if (second.outcome.kind !== 'found') return skip(name, 'no name was answered that could be asked for twice');
  const [before, after] = [first.outcome.ttl, second.outcome.ttl];
  const longest = Math.max(before, after);
  const cached = after !== before;
  const seen = cached
    ? `answers are cached: their TTL went from ${before} s to ${after} s in one second`
    : `answers are not cached: their TTL stays ${after} s`;
  const remedy = 'lower the ttl of the kubernetes plugin in the Corefile (5 is its default), and of the cache plugin';
  return cached && longest > 10 ? warn(name, `${seen}; a pod that ended is noticed up to ${longest} s late`, remedy) : pass(name, seen);
}

/** Checks whether wildcards are answered, by asking: before CoreDNS 1.9.0 `*` matches any endpoint, service or namespace, but the version is not published. */
async function wildcardCheck(facts: DoctorFacts): Promise<Check> {
  const name = 'cluster DNS wildcards';
  const { config, observations } = facts;
  const { nameservers, domain } = config.cluster;
  const services = [...new Set(['kubernetes', ...config.listens.map(({ serviceName }) => serviceName)])].slice(0, 8);
  const replies = await Promise.all(
    services.map((service) => askOnce(facts, nameservers, { name: `${service}.*.svc.${domain}`, type: 'A' })),
  );
  const using = observations.filter(({ records }) => records === 'wildcard').map(({ listen }) => listen.name);
  if (replies.some(({ outcome }) => outcome.kind === 'found'))
    return pass(name, `answered${using.length > 0 ? `, and used by ${shortList(using)}` : ''}`);
  if (!replies.some(({ outcome }) => isAnswer(outcome))) return skip(name, 'no name server answered');
  if (using.length === 0) return pass(name, 'not answered (CoreDNS 1.9.0 and newer), and no listen needs them');
  return fail(
    name,
    `not answered (CoreDNS 1.9.0 and newer), and needed by ${shortList(using)}`,
    'make the services headless (clusterIP: None) and write records: headless, or use servicePort',
  );
}
