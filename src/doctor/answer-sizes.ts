import { dnsTransport } from '../haproxy/file/resolvers.ts';
import { readSlots } from '../haproxy/file/slot-lines.ts';
import { allocate } from '../haproxy/slots/allocate.ts';
import { dnsLookups } from '../source/observation.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';
import { dnsAnswerSizes } from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { readResolversSection } from './read/resolvers-section.ts';

/**
 * Whether HAProxy's own resolver takes the answers as they are sized: one over its payload size, or one that is cut over UDP,
 * leaves all servers of the listen in maintenance without a log line.
 */
export function answerSizeChecks({ config, currentFile, target, observations }: DoctorFacts): readonly Check[] {
  const name = dnsAnswerSizes;
  const asked = observations.flatMap(dnsLookups).filter(({ rcode }) => rcode !== null);
  if (asked.length === 0) return [skip(name, 'no answer was seen')];
  const largest = Math.max(...asked.map(({ bytes }) => bytes));
  const cut = asked.filter(({ truncated }) => truncated);
  const answers = `the largest answer has ${largest} bytes${cut.length > 0 ? `, and ${cut.length} did not fit UDP` : ''}`;
  const known = observations.filter(({ state }) => state !== 'failed');
  const wanted = dnsTransport(
    config,
    allocate(config, known, currentFile === null ? new Map() : readSlots(currentFile), false),
    known,
    target,
  );
  const section = currentFile === null ? null : readResolversSection(currentFile);
  if (section === null) return [pass(name, `${answers}; podfront writes ${wanted.tcp ? 'tcp@ and ' : ''}${wanted.payload} bytes`)];
  const takes = `HAProxy asks by ${section.tcp ? 'TCP' : 'UDP'} and takes ${section.payload}`;
  const remedy = 'render the file anew and reload HAProxy: podfront follows the sizes it measures';
  if (largest > section.payload) return [fail(name, `${answers}; ${takes}, so it gets no server from it`, remedy)];
  if (cut.length > 0 && !section.tcp) return [fail(name, `${answers}; ${takes}, so it gets no server from it`, remedy)];
  const [first] = wanted.warnings;
  if (first !== undefined) return [warn(name, `${answers}; ${first.message}`, first.hint)];
  if (wanted.tcp && !section.tcp) return [warn(name, `${answers}; ${takes}, which will not do once all slots are used`, remedy)];
  return [pass(name, `${answers}; ${takes}`)];
}
