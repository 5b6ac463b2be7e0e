// Reads one server line of a file. slot-lines.ts writes them.

/** The parts of a server line. */
export interface ParsedLine {
  readonly indent: string;
  readonly id: string;
  /** First and last slot; null for a server that is not a slot. */
  readonly slots: readonly [number, number] | null;
  /** Number of servers that HAProxy makes of it (HAProxy manual 4.2, server and server-template). */
  readonly servers: number;
  /** The number of the first server of a server-template, which HAProxy appends to the id; null for a server. */
  readonly first: number | null;
  readonly target: string;
  readonly options: string;
}

const serverLinePattern = /^(\s+)server(?:\s+(\S+)|-template\s+(\S+)\s+(?:(\d{1,9})-)?(\d{1,9}))\s+(\S+)(?:\s(.*))?$/;
const seedWords = /(^|\s)init-addr\s+(\S+)/;
/** The largest `maxExpectedPods`: a line with more slots is not podfront's. */
const maxSlots = 10_000;

/** Parses a server line; null for any other line. */
export function parseLine(text: string): ParsedLine | null {
  const match = serverLinePattern.exec(text);
  if (match === null) return null;
  const [, indent = '', single, prefix = '', from = '1', to = '0', target = '', options = ''] = match;
  if (single !== undefined) {
    // A pod's own name may look like that of a slot, but only a slot has init-addr.
    const slot = !seedWords.test(options) ? 0 : Number(/^pod([1-9]\d{0,4})$/.exec(single)?.[1] ?? 0);
    return { indent, id: single, slots: slotRange(slot, slot), servers: 1, first: null, target, options };
  }
  const [first, last] = [Number(from), Number(to)];
  const slots = prefix === 'pod' ? slotRange(first, last) : null;
  return { indent, id: prefix, slots, servers: Math.max(0, last - first + 1), first, target, options };
}

function slotRange(first: number, last: number): ParsedLine['slots'] {
  return first >= 1 && first <= last && last <= maxSlots ? [first, last] : null;
}

/** The address that a server starts with, or `none`; null where its target is not a name. */
export const seedOf = ({ options }: ParsedLine): string | null => seedWords.exec(options)?.[2] ?? null;
/** A server line with another address to start with. */
export const withSeed = (text: string, seed: string): string => text.replace(seedWords, `$1init-addr ${seed}`);

/** The options of a slot as that of the only pod, or of one among several. The difference needs no reload of its own. */
export const asOnlyPod = (options: string): string => options.replace(/^(check .*?init-addr \S+)/, '$1 observe none');
/** The opposite of `asOnlyPod`. */
export const asOneOfMany = (options: string): string => options.replace(/^(check .*?init-addr \S+) observe none(?= |$)/, '$1');

/** The target without the port of an SRV name, which only seeded lines have; HAProxy takes the port from the SRV record. */
export const withoutSrvPort = (target: string): string => (target.startsWith('_') ? target.replace(/:\d{1,5}$/, '') : target);

/** The port of the target; null for an SRV name of free slots. */
export function portOf({ target }: ParsedLine): number | null {
  const port = /:(\d{1,5})$/.exec(target)?.[1];
  return port === undefined ? null : Number(port);
}
