import { dnsTransport } from '../haproxy/file/resolvers.ts';
import { readSlots } from '../haproxy/file/slot-lines.ts';
import { allocateServers } from '../haproxy/slots/allocate.ts';
import { dnsLookups } from '../source/observation.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';
import { dnsAnswerSizes } from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { readResolversSection } from './read/resolvers-section.ts';

/**
 * Checks that HAProxy's own resolver accepts answers of this size: one larger than its payload size, or one truncated over UDP,
 * leaves all servers of the listen in maintenance without a log line.
 */
export function answerSizeChecks({ config, currentFile, target, observations }: DoctorFacts): readonly Check[] {
  const name = dnsAnswerSizes;
  const asked = observations.flatMap(dnsLookups).filter(({ rcode }) => rcode !== null);
  if (asked.length === 0) return [skip(name, 'no answer was received')];
  const largest = Math.max(...asked.map(({ bytes }) => bytes));
  const truncated = asked.filter((lookup) => lookup.truncated);
  const answers = `the largest answer has ${largest} bytes${truncated.length > 0 ? `, and ${truncated.length} did not fit into UDP` : ''}`;
  const known = observations.filter(({ state }) => state !== 'failed');
  const wanted = dnsTransport(
    config,
    allocateServers(config, known, currentFile === null ? new Map() : readSlots(currentFile), false),
    known,
    target,
  );
  const section = currentFile === null ? null : readResolversSection(currentFile);
  if (section === null)
    return [pass(name, `${answers}; podfront writes ${wanted.tcp ? 'tcp@ and ' : ''}a payload size of ${wanted.payload} bytes`)];
  const accepts = `HAProxy asks over ${section.tcp ? 'TCP' : 'UDP'} and accepts ${section.payload} bytes`;
  const remedy = 'render the file again and reload HAProxy: podfront adapts it to the sizes it measures';
  if (largest > section.payload) return [fail(name, `${answers}; ${accepts}, so HAProxy gets no server from it`, remedy)];
  if (truncated.length > 0 && !section.tcp) return [fail(name, `${answers}; ${accepts}, so HAProxy gets no server from it`, remedy)];
  const [first] = wanted.warnings;
  if (first !== undefined) return [warn(name, `${answers}; ${first.message}`, first.hint)];
  if (wanted.tcp && !section.tcp) return [warn(name, `${answers}; ${accepts}, which is not enough once all slots are in use`, remedy)];
  return [pass(name, `${answers}; ${accepts}`)];
}
