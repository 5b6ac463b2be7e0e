import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { type KubernetesApi, kubeconfigText, startKubernetesApi } from '../../../demo/kubernetes-api.ts';
import { Problem } from '../../../src/problem/problem.ts';
import { openApiClient } from '../../../src/source/kubernetes/api/client.ts';
import { listAll } from '../../../src/source/kubernetes/list.ts';
import { folderOf } from '../../support/folder.ts';

// The API server is a double here, because a real one does not attack its clients.

const services = { resource: 'services', namespace: null, selector: '' } as const;

/** A folder with this kubeconfig. */
function written(t: ExecutionContext, text: string): string {
  const folder = folderOf(t);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kubeconfig'), text);
  return folder;
}

/** The code of the problem with which a list of Services ends. */
async function codeOf(t: ExecutionContext, folder: string): Promise<string | undefined> {
  const client = openApiClient({ kind: 'kubeconfig', file: join(folder, 'kubeconfig'), context: null }, {});
  t.teardown(client.close);
  const problem = await t.throwsAsync(
    listAll(client, services, (object) => object, new AbortController().signal),
    { instanceOf: Problem },
  );
  return problem instanceof Problem ? problem.code : undefined;
}

async function startedApi(t: ExecutionContext): Promise<KubernetesApi> {
  const api = await startKubernetesApi();
  t.teardown(api.close);
  return api;
}

/** Writes as fast as it is read. */
function flood(socket: Socket | null, text: string): void {
  const more = () => {
    while (socket?.destroyed === false && socket.write(text));
  };
  socket?.on('error', () => {}).on('drain', more);
  more();
}

const list = '{"metadata":{"resourceVersion":"5"},"items":[]}';
const answers: readonly { readonly what: string; readonly code: string; readonly answer: (response: ServerResponse) => unknown }[] = [
  {
    what: 'a header without end',
    code: 'api.unreachable',
    answer: ({ socket }) => flood(socket, `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(65_536)}`),
  },
  { what: 'headers without end', code: 'api.unreachable', answer: ({ socket }) => flood(socket, 'HTTP/1.1 200 OK\r\nX: y\r\nX: y\r\n') },
  { what: 'bytes that are no HTTP', code: 'api.unreachable', answer: ({ socket }) => flood(socket, 'nonsense\r\n\r\n') },
  {
    what: 'a body without end',
    code: 'api.garbage',
    answer: (response) => response.writeHead(200) && flood(response as unknown as Socket, ' '.repeat(1 << 20)),
  },
  {
    what: 'a body that was compressed, which was not asked for',
    code: 'api.garbage',
    answer: (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(list)),
  },
  { what: 'lists in lists, a million deep', code: 'api.garbage', answer: (response) => response.end('['.repeat(1e6) + ']'.repeat(1e6)) },
  {
    what: 'objects in objects, a hundred thousand deep',
    code: 'api.garbage',
    answer: (response) => response.end(`${'{"items":'.repeat(1e5)}1${'}'.repeat(1e5)}`),
  },
  {
    what: 'a list of another kind',
    code: 'api.garbage',
    answer: (response) => response.end('{"metadata":{"resourceVersion":"5"},"items":{"length":1e9}}'),
  },
  {
    what: 'the same next page again and again',
    code: 'api.garbage',
    answer: (response) => response.end('{"metadata":{"resourceVersion":"5","continue":"a"},"items":[]}'),
  },
  {
    what: 'a version that is no word',
    code: 'api.garbage',
    answer: (response) => response.end('{"metadata":{"resourceVersion":"5&watch=x"},"items":[]}'),
  },
];

for (const { what, code, answer } of answers)
  test(`an API server that answers with ${what} is given up`, async (t) => {
    const api = await startedApi(t);
    api.intercept((_, response) => {
      answer(response);
      return true;
    });
    t.is(await codeOf(t, written(t, api.kubeconfig)), code);
  });

test('a redirect is not followed: credentials go to the server of the kubeconfig alone', async (t) => {
  const api = await startedApi(t);
  const other = await startedApi(t);
  api.intercept((_, response) => {
    response.writeHead(307, { location: `${other.url}/api/v1/services` }).end();
    return true;
  });
  t.is(await codeOf(t, written(t, api.kubeconfig)), 'api.refused');
  t.deepEqual(other.requests, []);
});

test('a proxy that sends its answer byte by byte is given up, and its connection closed', async (t) => {
  const api = await startedApi(t);
  const text = 'HTTP/1.1 200 OK\r\nX: ';
  const proxy = createServer();
  const closed = new Promise<void>((done) => {
    proxy.on('connection', (socket) => {
      let sent = 0;
      const timer = setInterval(() => socket.write(text.charAt(sent++) || 'y'), 200);
      socket.on('error', () => {}).resume();
      socket.on('close', () => {
        clearInterval(timer);
        done();
      });
    });
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  t.teardown(() => void proxy.close());
  const through = JSON.parse(api.kubeconfig) as { clusters: { cluster: Record<string, string> }[] };
  const [first] = through.clusters;
  if (first !== undefined) first.cluster['proxy-url'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  t.is(await codeOf(t, written(t, JSON.stringify(through))), 'api.unreachable');
  await closed;
});

for (const key of ['tokenFile', 'client-certificate', 'certificate-authority'] as const)
  test(`${key} is read only from a file of a bounded size`, async (t) => {
    const api = await startedApi(t);
    const folder = written(t, '');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    writeFileSync(join(folder, 'large'), 'a'.repeat(2 << 20));
    for (const file of ['pipe', 'large', '/dev/zero', '.', 'missing']) {
      const kubeconfig = JSON.parse(kubeconfigText(api.url, api.certificate, { token: api.token })) as {
        clusters: { cluster: Record<string, string> }[];
        users: { user: Record<string, string> }[];
      };
      const [cluster, user] = [kubeconfig.clusters[0]?.cluster, kubeconfig.users[0]?.user];
      if (key === 'certificate-authority') Object.assign(cluster ?? {}, { 'certificate-authority-data': '', [key]: file });
      else Object.assign(user ?? {}, { [key]: file, 'client-key': file });
      writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
      t.is(await codeOf(t, folder), 'api.credentials', file);
    }
  });

test('a kubeconfig that is no file of a bounded size is not read', (t) => {
  const folder = written(t, '');
  const open = (file: string) => openApiClient({ kind: 'kubeconfig', file: join(folder, file), context: null }, {});
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  writeFileSync(join(folder, 'large'), `a: ${'a'.repeat(2 << 20)}`);
  for (const file of ['pipe', 'large', '.', 'missing', '../../../../../dev/zero'])
    t.is((t.throws(() => open(file), { instanceOf: Problem }, file) as Problem | undefined)?.code, 'api.kubeconfig');
});
