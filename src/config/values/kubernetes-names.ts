import { problem } from '../../problem/problem.ts';

const label1123 = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const portName = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/;
const label1035 = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether the text is a valid name of a Kubernetes service: an RFC 1035 label (lower case, starts with a letter, at most 63 characters). */
export function isServiceName(text: string): boolean {
  return label1035.test(text);
}

/** Returns the text if it is a valid name of a service; throws config.name. */
export function parseServiceName(text: string): string {
  if (!isServiceName(text)) throw badName(text, 'the name of a service', label1035);
  return text;
}

/** Returns the text if it is a valid name of a namespace (RFC 1123 label); throws config.name. */
export function parseNamespace(text: string): string {
  if (!label1123.test(text)) throw badName(text, 'the name of a namespace', label1123);
  return text;
}

/** Returns the text if it is a domain in lower case without a final dot (haproxy#1528); throws config.name. */
export function parseDomain(text: string): string {
  const labels = text.split('.');
  if (text.length > 253 || !labels.every((label) => label1123.test(label))) throw badName(text, 'a domain', label1123);
  return text;
}

/** Whether the text is a host name in any case (RFC 1123, section 2.1). */
export function isHostName(text: string): boolean {
  const labels = text.toLowerCase().split('.');
  return text.length <= 253 && labels.every((label) => label1123.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '');
}

/** Returns the text if it is a valid name of a port: an IANA service name (RFC 6335, section 5.1); throws config.name. */
export function parsePortName(text: string): string {
  const number = Number(text);
  if (portName.test(text) && !Number.isFinite(number)) return text;
  const lower = text.toLowerCase();
  throw problem('config.name', {
    got: JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text),
    what: 'the name of a port',
    why: portNameFault(text),
    hint:
      Number.isInteger(number) && number > 0 && text !== ''
        ? `write it as a decimal number, without quotes: ${number}`
        : lower !== text && portName.test(lower)
          ? `did you mean ${lower}?`
          : 'write a port number, or the name the port has in the service: at most 15 lower-case letters, digits and hyphens (RFC 6335)',
  });
}

function portNameFault(text: string): string {
  if (text.length > 15) return `it has ${text.length} characters, and 15 are allowed`;
  if (text !== '' && Number.isFinite(Number(text))) return 'it is a number';
  if (/[A-Z]/.test(text)) return 'it has capital letters';
  return /[a-z]/.test(text) ? 'only lower-case letters, digits and single hyphens inside are allowed' : 'it has no letter';
}

function badName(text: string, what: string, label: RegExp) {
  return problem('config.name', {
    got: JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text),
    what,
    why: whyNot(text, what, label),
    hint: hintFor(text, what, label),
  });
}

function whyNot(text: string, what: string, label: RegExp): string {
  if (text === '') return 'it is empty';
  if (what === 'a domain' && text.endsWith('.')) return 'it ends with a dot';
  if (what === 'a domain' && text.length > 253) return `it has ${text.length} characters, and 253 are allowed`;
  if (/[A-Z]/.test(text)) return 'it has capital letters';
  const longest = Math.max(...(what === 'a domain' ? text.split('.') : [text]).map((part) => part.length));
  if (longest > 63) return `a label of ${longest} characters is longer than 63`;
  if (what !== 'a domain' && text.includes('.')) return 'it has a dot';
  if (label === label1035 && /^\d/.test(text)) return 'it starts with a digit';
  return 'only lower-case letters, digits and hyphens inside are allowed';
}

function hintFor(text: string, what: string, label: RegExp): string {
  const [service = '', namespace = ''] = text.split('.');
  if (label === label1035 && label.test(service) && label1123.test(namespace))
    return `write serviceName: ${service} and namespace: ${namespace}`;
  const mended = (what === 'a domain' ? text.replace(/\.+$/, '') : (text.split('.')[0] ?? '')).toLowerCase();
  const parts = what === 'a domain' ? mended.split('.') : [mended];
  if (mended !== text && parts.every((part) => label.test(part)) && mended.length <= 253) return `did you mean ${mended}?`;
  return `Kubernetes names are DNS labels (RFC ${label === label1035 ? 1035 : 1123}), at most 63 characters each`;
}
