import type { SlotsByListen } from '../slots/allocate.ts';

// podfront's own file is the only state it keeps: the seeded lines say who sat where. These lines are written by
// templates/server.mustache; a template that writes them otherwise only costs the memory, never a wrong server.
const listenLine = /^(?:listen|backend)\s+(\S+)\s*$/;
const podLine = /^\s+server\s+pod([1-9]\d{0,4})\s+(\S+)\s(.*)$/;
const freeLine = /^\s+server-template\s+pod\s+(?:([1-9]\d{0,4})-)?([1-9]\d{0,4})\s+(\S+)\s(.*)$/;
const seedWords = /(^|\s)init-addr\s+(\S+)/;

interface Reading {
  slots: number;
  readonly assignments: Map<number, { readonly address: string; readonly port: number | null }>;
}

/** Reads back who sat where from a file that podfront wrote. Lines it does not know are passed over. */
export function readSlots(text: string): SlotsByListen {
  const found = new Map<string, Reading>();
  let listen: Reading | undefined;
  for (const line of text.split('\n')) {
    const header = listenLine.exec(line);
    if (header?.[1] !== undefined) {
      listen = { slots: 0, assignments: new Map() };
      found.set(header[1], listen);
    } else if (/^\S/.test(line)) listen = undefined;
    if (listen === undefined) continue;
    const free = freeLine.exec(line);
    if (free !== null) listen.slots = Math.max(listen.slots, Number(free[2]));
    const pod = podLine.exec(line);
    if (pod === null) continue;
    const [, slot, target = '', options = ''] = pod;
    listen.slots = Math.max(listen.slots, Number(slot));
    // Not parsed: what is no address in canonical form matches no pod.
    const address = seedWords.exec(options)?.[2];
    if (address !== undefined && address !== 'none') listen.assignments.set(Number(slot), { address, port: portOf(target) });
  }
  return new Map([...found].filter(([, { slots }]) => slots > 0));
}

/** Lines of pods that differ in nothing but their slots and seeds. */
interface Run {
  readonly rest: string;
  readonly slots: number[];
}

/**
 * The file without the addresses that only seed slots: what HAProxy would need a reload for. Two files with one shape differ
 * in nothing that HAProxy's own resolver does not follow by itself.
 */
export function withoutSeeds(text: string): string {
  const out: (string | Run)[] = [];
  let run: Run | undefined;
  for (const line of text.split('\n')) {
    const slots = podSlotsOf(line);
    if (slots === null) {
      run = undefined;
      out.push(/^\s+server\s/.test(line) ? withSeed(line, '*') : line);
      continue;
    }
    if (run === undefined || run.rest !== slots.rest) {
      run = { rest: slots.rest, slots: [] };
      out.push(run);
    }
    run.slots.push(...slots.slots);
  }
  return out.map((part) => (typeof part === 'string' ? part : `    pods ${part.slots.join(' ')} ${part.rest}`)).join('\n');
}

/** A line of pods that says what they start with, taken apart: the name and port that its slots are for, and what follows. null for any other line. */
export function parsePodLine(line: string): { readonly indent: string; readonly target: string; readonly options: string } | null {
  const [target, options] = podLine.exec(line)?.slice(2) ?? freeLine.exec(line)?.slice(3) ?? [];
  if (target === undefined || options === undefined || !seedWords.test(options)) return null;
  return { indent: /^\s+/.exec(line)?.[0] ?? '', target: withoutSrvPort(target), options };
}

/** The line with another address to start with. */
export function withSeed(line: string, seed: string): string {
  return line.replace(seedWords, `$1init-addr ${seed}`);
}

function podSlotsOf(line: string): { slots: readonly number[]; rest: string } | null {
  const pod = podLine.exec(line);
  if (pod !== null) return { slots: [Number(pod[1])], rest: restOf(pod[2], pod[3]) };
  const free = freeLine.exec(line);
  if (free === null) return null;
  const first = Number(free[1] ?? 1);
  const length = Math.max(0, Number(free[2]) - first + 1);
  return { slots: Array.from({ length }, (_, i) => first + i), rest: restOf(free[3], free[4]) };
}

/** SRV names stand with a port on seeded lines and without one on free ones; HAProxy takes the port of the SRV answer. */
function restOf(target = '', options = ''): string {
  return `${withoutSrvPort(target)} ${withSeed(options, '*')}`;
}

function withoutSrvPort(target: string): string {
  return target.startsWith('_') ? target.replace(/:\d+$/, '') : target;
}

function portOf(target: string): number | null {
  const port = /:(\d{1,5})$/.exec(target)?.[1];
  return port === undefined ? null : Number(port);
}
