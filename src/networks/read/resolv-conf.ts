import { problemWith } from '../../problem/problem.ts';
import { whyNoAddress } from './cidr-errors.ts';
import { emptyScan, scanText } from './fast-cidr.ts';
import { admit, fault, type Inventory } from './inventory.ts';

/**
 * Takes in the name servers of a resolv.conf called `file`. As glibc reads it (resolv.conf(5)): a keyword at the start
 * of a line, comments begin with `#` or `;`, a link-local server may carry a zone. Returns the addresses as written.
 */
export function takeNameservers(text: string, file: string, intake: Inventory): readonly string[] {
  const scan = emptyScan();
  const servers: string[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const match = /^nameserver(?:[ \t]+([^#;]*))?[\r\s]*$/.exec(line.replace(/[#;].*$/, ''));
    if (match === null) continue;
    const written = (match[1] ?? '').trim().split(/\s/)[0] ?? '';
    const address = written.replace(/%[\w.-]+$/, '');
    if (address.includes('/') || !scanText(address, scan)) {
      const why = address.includes('/') ? 'a prefix length does not belong here' : (whyNoAddress(address) ?? 'it is empty');
      const facts = { got: JSON.stringify(written.slice(0, 80)), why };
      fault(intake, `${file}:${i + 1}`, () => problemWith({ at: { file, line: i + 1 } }, 'network.not-an-address', facts));
      continue;
    }
    servers.push(address);
    admit(intake, scan, (network) => ({ kind: 'nameserver', network, name: `name server in ${file}` }));
  }
  return servers;
}
