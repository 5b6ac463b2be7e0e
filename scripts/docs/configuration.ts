import { type JsonSchema, jsonSchema } from '../../src/config/schema/json-schema.ts';

/** podfront.schema.json, for editors. */
export function schemaFile(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}

/** docs/configuration.md, from the schema. */
export function configurationPage(): string {
  const root = jsonSchema();
  return `# Configuration

podfront reads the file named by \`--config\`, else by \`$PODFRONT_CONFIG\`, else \`./podfront.yaml\`, else \`/etc/podfront/podfront.yaml\`.
It is YAML 1.2, so JSON too: the JSON of a Flying Circus \`flyingcircus.kubernetes.frontend\` set works unchanged under \`listen\`.
\`podfront init\` writes a commented starter. [podfront.schema.json](../podfront.schema.json) tells an editor the keys; for the YAML language server,
begin the file with \`# yaml-language-server: $schema=PATH/podfront.schema.json\`.

- All faults are shown at once, each with file, line, column and path. Unknown keys are faults.
- \`null\` means absent: the default holds. In a list it is a fault.
- A number that would not be written back as it stands is text: \`version: 3.10\` is 3.10, not 3.1.
- Relative paths in \`output\`, \`with\`, \`templates\`, \`binary\`, \`kubeconfig\`, \`file\` and \`groupFile\` are relative to the folder of the configuration; a bare \`binary\` is looked up in PATH.
  Sockets, \`pidfile\`, \`caFile\` and \`crt\` are absolute.
- Durations are a whole number and \`ms\`, \`s\`, \`m\` or \`h\`.
- Names of services, namespaces and the domain are DNS labels in lower case, without final dot.
- Keys may not be written twice. Aliases and anchors work; merge keys (\`<<\`) and tags do not. The file has 4 MiB at most.

${sections('', root).join('\n\n')}

## What goes where

| in \`listen\` | HAProxy's servers are | and are found by |
|---|---|---|
| \`podPort\` with \`cluster.api\` | the pods, named after them, and the ClusterIP as \`backup\` | the EndpointSlices of the service |
| \`podPort: 443\` | the pods | address records of the service, or of \`*.\` and the service, as \`records\` says |
| \`podPort: https\` | the pods | SRV records: each with its port. \`binds\` is needed then |
| \`podPort\` with \`fallbackServicePort\` | the pods, and the ClusterIP as \`backup\` | both |
| \`servicePort: 443\` | the ClusterIP | the address record of the service |
| \`lbServicePort: 30443\` | the nodes | \`cluster.nodes\` |

## Addresses

\`binds\`, \`stats\` and \`status\` take \`198.51.100.2:443\`, \`[2001:db8::1]:443\`, \`*:443\` or \`:443\` (every IPv4 address) and \`[::]:443\` or \`:::443\`
(every IPv6 address); \`binds\` also a range of ports, \`198.51.100.2:8000-8010\`, and the prefixes \`ipv4@\` and \`ipv6@\`. Binds of other kinds, or with options
beyond \`crt\` and \`alpn\`, go into \`haproxyExtraConfig\` as a line of their own; write \`binds: []\` when there is no other.

HAProxy takes two listens on one address without a word, and splits the traffic between them. podfront refuses that, also between the binds of one
listen, a listen and the stats page (layout \`full\`), and a listen and \`status\`. A wildcard overlaps every address of its family. \`[::]:80\` beside \`*:80\`
or an IPv4 address is fine: \`[::]\` takes IPv4 too where the system says so, but a connection goes to the IPv4 socket where there is one.

Listens share an address where it is meant: with the same \`binds\` in each, and \`hosts\` in all but one at most
([example](../examples/shared-address/)). A frontend then hands on by name, and each listen is a \`backend\`: \`haproxyExtraConfig\` stands there.

## TLS, passwords and peers

- A bind is an address, or \`{address: "198.51.100.2:443", crt: /etc/haproxy/certs/example.org.pem}\`, where TLS ends
  ([example](../examples/tls/)). HAProxy reads the file, with podfront's user when podfront has it check; podfront does not.
- \`redirectToHttps\` comes before \`basicAuth\`: no password is asked for without TLS then. Both come before \`haproxyExtraConfig\`.
- \`basicAuth.file\` has a user a line, \`user:hash\` or \`user:hash:group,group\`; blank lines and those that begin with \`#\` are passed over. Hashes are those of
  crypt(3) that HAProxy verifies: \`$6$\`, \`$5$\`, \`$y$\`, \`$gy$\`, \`$2b$\`, \`$2y$\`, \`$2a$\` and \`$1$\`. With \`group\` only its members come in: those with the
  group in the third field or, with \`groupFile\`, those listed there ([example](../examples/dashboard/)). \`watch\` sees changes of both files.
- HAProxy's file holds the hashes then, so others may not read it: mode 0640 when it is new, and what others may is taken away from a file
  that was there. On stdout and in differences \`[hidden]\` stands for each hash. The pods do not get the \`Authorization\` header.
- \`check: {tls: ...}\` checks over TLS where TLS passes through ([example](../examples/kubernetes-api/)); with \`sslBackend\` checks are over TLS anyway.
- \`peers\` become the section \`peers frontends\`, for \`stick-table ... peers frontends\` in \`haproxyExtraConfig\` ([example](../examples/several-vms/)).

## Lines and options as they stand

\`haproxy.global\`, \`haproxy.defaults\` and \`haproxyExtraConfig\` are copied line by line, \`extraPodTemplateOptions\` on the line of each server.
They may hold spaces, quotes and escapes. Refused are: a line that opens a section, however it is quoted; a line for HAProxy's preprocessor
(\`.if\`); a first word that depends on an environment variable; control characters; a quote or escape left open; more than 64 words or 2,000 bytes
on a line (36 words and 1,000 bytes for options, which share their line); and in options a line break, or a \`#\` outside quotes.
`;
}

/** A table for each mapping with keys of its own, outermost first. */
function sections(path: string, schema: JsonSchema): readonly string[] {
  const keys = Object.entries(schema.properties ?? {});
  const rows = keys.map(([key, inner]) => `| \`${key}\` | ${cell(kind(inner))} | ${defaultOf(inner)} | ${cell(inner.description ?? '')} |`);
  const table = [
    `## ${path === '' ? 'The file' : `\`${path}\``}`,
    '',
    '| key | kind | default | what it is |',
    '|---|---|---|---|',
    ...rows,
  ];
  const inner = keys.flatMap(([key, value]) => groups(path === '' ? key : `${path}.${key}`, value));
  return [table.join('\n'), ...inner];
}

function groups(path: string, schema: JsonSchema): readonly string[] {
  return branches(schema).flatMap((branch) => {
    if (branch.properties !== undefined) return sections(path, branch);
    return typeof branch.additionalProperties === 'object' ? groups(`${path}.NAME`, branch.additionalProperties) : [];
  });
}

/** What a value may be, in a few words; that it may be null goes without saying. */
function kind(schema: JsonSchema): string {
  const kinds = branches(schema).map((branch) => {
    if (branch.const !== undefined) return `\`${branch.const}\``;
    if (branch.enum !== undefined) return branch.enum.map((value) => `\`${value}\``).join(', ');
    if (branch.items !== undefined) return 'list';
    if (branch.type === 'integer') return `${branch.minimum} to ${branch.maximum}`;
    if (branch.type === 'object') return 'mapping';
    if (branch.pattern !== undefined) return 'duration';
    return branch.type === 'string' ? 'text' : branch.type === 'boolean' ? 'true, false' : String(branch.type);
  });
  return [...new Set(kinds)].join(', ');
}

/** The branches of all unions within, without null. */
function branches(schema: JsonSchema): readonly JsonSchema[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(branches);
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.filter((type) => type !== 'null').map((type) => ({ ...schema, type }));
}

function defaultOf(schema: JsonSchema): string {
  return schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
