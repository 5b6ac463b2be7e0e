import { type Network, parseNetwork } from '../../ip/network.ts';
import { Problem, problemWith } from '../../problem/problem.ts';
import { addFault, addHostBits, addKnown, type Inventory } from '../facts/inventory.ts';
import { networkError } from './cidr-errors.ts';
import { parseCidr } from './parse-cidr.ts';

/**
 * The networks of `--service-network` or `--pod-network`. Dual stack may also be one word with a comma, as in Kubernetes'
 * own options. `onHostBits` is called for each that was written with host bits.
 * @throws Problem `network.not-a-cidr`
 */
export function parseClusterNetworks(
  words: readonly string[],
  option: string,
  onHostBits: (written: string, network: Network) => void,
): readonly Network[] {
  return words
    .flatMap((word) => word.split(','))
    .map((word) => {
      const written = word.trim();
      const network = parseCidr(written, option);
      if (network instanceof Problem) throw network;
      if (network.hostBits) onHostBits(written, network);
      return network;
    });
}

/** Adds one `[NAME=]CIDR` of `--network`. */
export function addNetworkOption(inventory: Inventory, text: string): void {
  const where = '--network';
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(0, equals)).trim();
  const written = text.slice(equals + 1).trim();
  const network =
    equals >= 0 && name === ''
      ? problemWith({ at: { file: where } }, 'network.no-name', { got: JSON.stringify(text) })
      : parseCidr(written, where);
  if (network instanceof Problem) {
    addFault(inventory, where, () => network);
    return;
  }
  if (network.hostBits) addHostBits(inventory, { where, written, network });
  addKnown(inventory, { kind: 'flag', network, name: name || written, written: network.hostBits ? written : null });
}

/** What `--ignore` names. */
export interface IgnoreOptions {
  readonly networks: readonly Network[];
  readonly interfaces: readonly string[];
}

/** Reads the words of `--ignore`: a network where it can be one, else the name of an interface (15 characters, no slash, no space: Linux, `dev_valid_name`). */
export function parseIgnoreOptions(inventory: Inventory, words: readonly string[]): IgnoreOptions {
  const networks: Network[] = [];
  const interfaces: string[] = [];
  for (const word of words) {
    const looksLikeAddress = word.includes('/') || /^[\d.]+\.[\d.]*$/.test(word) || /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*$/i.test(word);
    const network = parseNetwork(word) !== null || looksLikeAddress ? parseCidr(word, '--ignore') : null;
    if (network instanceof Problem) addFault(inventory, '--ignore', () => network);
    else if (network !== null) networks.push(network);
    else if (/^[^\s/]{1,15}$/.test(word)) interfaces.push(word);
    else {
      const facts = { got: JSON.stringify(word), why: interfaceNameError(word) };
      addFault(inventory, '--ignore', () => problemWith({ at: { file: '--ignore' } }, 'network.not-an-interface', facts));
    }
  }
  return { networks, interfaces };
}

function interfaceNameError(word: string): string {
  if (word === '') return networkError(word);
  return word.length > 15 ? 'names have at most 15 characters' : 'names have no space';
}
