import { type Network, parseNetwork } from '../../ip/network.ts';
import { Problem, problemWith } from '../../problem/problem.ts';
import { whyNoNetwork } from './cidr-errors.ts';
import { emptyScan, scanText } from './fast-cidr.ts';
import { admit, fault, type Inventory, noteFolded } from './inventory.ts';
import { readTyped } from './typed-cidr.ts';

/** The words of `--service-network` or `--pod-network`; dual stack may also stand as one word with a comma, as Kubernetes has it. Throws network.not-a-cidr. */
export function typedClusterNetworks(
  words: readonly string[],
  where: string,
  folded: (text: string, network: Network) => void,
): readonly Network[] {
  return words
    .flatMap((word) => word.split(','))
    .map((text) => {
      const read = readTyped(text.trim(), where);
      if (read instanceof Problem) throw read;
      if (read.hostBits) folded(text.trim(), read);
      return read;
    });
}

/** Takes in one `[NAME=]CIDR` of `--network`. */
export function takeTyped(text: string, intake: Inventory): void {
  const where = '--network';
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(0, equals)).trim();
  const written = text.slice(equals + 1).trim();
  const read =
    equals >= 0 && name === ''
      ? problemWith({ at: { file: where } }, 'network.no-name', { got: JSON.stringify(text) })
      : readTyped(written, where);
  const scan = emptyScan();
  if (read instanceof Problem) {
    fault(intake, where, () => read);
    return;
  }
  if (!scanText(written, scan)) throw new TypeError(`${written} is a network for ip-cidr alone`);
  if (read.hostBits) noteFolded(intake, where, written, scan);
  admit(intake, scan, (network) => ({ kind: 'flag', network, name: name || written, written: read.hostBits ? written : null }));
}

/** What `--ignore` names: networks, and interfaces. */
export interface Accepted {
  readonly networks: readonly Network[];
  readonly interfaces: readonly string[];
}

/** A network where it can be one; else a name that an interface can have (15 characters, no slash, no space: Linux, `dev_valid_name`). */
export function takeIgnored(words: readonly string[], intake: Inventory): Accepted {
  const networks: Network[] = [];
  const interfaces: string[] = [];
  for (const word of words) {
    const looksLikeAddress = word.includes('/') || /^[\d.]+\.[\d.]*$/.test(word) || /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*$/i.test(word);
    const read = parseNetwork(word) !== null || looksLikeAddress ? readTyped(word, '--ignore') : null;
    if (read instanceof Problem) fault(intake, '--ignore', () => read);
    else if (read !== null) networks.push(read);
    else if (/^[^\s/]{1,15}$/.test(word)) interfaces.push(word);
    else {
      const facts = { got: JSON.stringify(word), why: whyNoInterface(word) };
      fault(intake, '--ignore', () => problemWith({ at: { file: '--ignore' } }, 'network.not-an-interface', facts));
    }
  }
  return { networks, interfaces };
}

function whyNoInterface(word: string): string {
  if (word === '') return whyNoNetwork(word);
  return word.length > 15 ? 'names have at most 15 characters' : 'names have no space';
}
