import { parseAddress } from '../../ip/address.ts';
import { hostNetwork } from '../../ip/network.ts';
import { problemWith } from '../../problem/problem.ts';
import { addFault, addKnown, type Inventory } from '../facts/inventory.ts';
import { addressError } from './cidr-errors.ts';

/**
 * Adds the name servers of a resolv.conf called `file`. As glibc reads it (resolv.conf(5)): a keyword at the start of a
 * line, comments begin with `#` or `;`, a link-local server may have a zone.
 */
export function addNameservers(inventory: Inventory, text: string, file: string): void {
  for (const [i, line] of text.split('\n').entries()) {
    if (!/^nameserver(?:[\s#;]|$)/.test(line)) continue;
    const written = /^[^#;\s]*/.exec(line.slice('nameserver'.length).trimStart())?.[0] ?? '';
    const address = parseAddress(written.replace(/%[\w.-]+$/, ''));
    if (address === null) {
      const facts = { got: JSON.stringify(written.slice(0, 80)), why: nameserverError(written) };
      addFault(inventory, `${file}:${i + 1}`, () => problemWith({ at: { file, line: i + 1 } }, 'network.not-an-address', facts));
    } else addKnown(inventory, { kind: 'nameserver', network: hostNetwork(address), name: `name server in ${file}` });
  }
}

function nameserverError(written: string): string {
  return written.includes('/') ? 'a prefix length does not belong here' : (addressError(written) ?? 'it is empty');
}
