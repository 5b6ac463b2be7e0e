import { once } from 'node:events';
import { connect } from 'node:net';
import { refuse } from '../../demo/kubernetes-api.ts';
import { eventually, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { onLoopback, visit } from '../support/doctor-facts.ts';
import { apiFrontend } from '../support/kubernetes/api-frontend.ts';
import { needs } from '../support/needs.ts';

const withHaproxy = needs('haproxy', 'ip');
const servers = 'listen web: servers in HAProxy';

withHaproxy(
  'what the API says is held against what HAProxy has: pods that drain or leave are well, one removed by hand is not',
  async (t) => {
    const { front, run, setPods } = await apiFrontend(t);
    await front.configure({ cluster: { api: { kubeconfig: 'kubeconfig' } }, listen: { web: listenInTcp(front) } });
    const [one = '', two = '', three = ''] = await run(3);
    setPods([one]);
    const watching = startWatch(t, front);
    await watching.says(/wrote the file/);
    const haproxy = await front.startHaproxy();
    await watching.until(isCurrent);
    const connection = connect(front.port, '127.0.0.1').resume();
    await once(connection, 'connect');
    connection.write('GET / HTTP/1.1\r\n');
    t.teardown(() => connection.destroy());
    const isShown = (pattern: RegExp) =>
      eventually(`HAProxy has ${pattern}`, async () => pattern.test(await haproxy.tell('show servers state web')));
    await eventually('the pod has the connection', async () => /,1,/.test(await haproxy.tell('show stat web 4 -1')));

    setPods([two], [one]);
    await isShown(/ pod-\S+ 127\.\S+ 2 8 /);
    t.like((await visit(t, front)).check(servers), { result: 'pass', seen: '2 of 2 endpoints are its servers' });

    setPods([two, three]);
    await isShown(/ 0 1 1 /);
    const left = await visit(t, front);
    t.like(left.check(servers), {
      result: 'pass',
      seen: '2 of 2 endpoints are its servers; 1 of pods that left until their last connection ends',
    });
    t.false(left.failed.includes(servers));

    watching.kill('SIGSTOP');
    await haproxy.tell(`set server web/pod-${three.replaceAll('.', '-')} state maint;del server web/pod-${three.replaceAll('.', '-')}`);
    const removed = await visit(t, front);
    watching.kill('SIGCONT');
    t.regex(removed.check(servers).seen, new RegExp(`HAProxy lacks 1 of 2 addresses \\(${three}:\\d+\\)`));
    t.regex(removed.check(servers).remedy, /podfront status says what podfront waits for/);
  },
);

withHaproxy('an API server with another clock, an ending certificate, or without watches is named by the check of each', async (t) => {
  const { front, api, run, setPods } = await apiFrontend(t, {}, 20);
  setPods(await run(1));
  const reviewed = JSON.stringify({ status: { allowed: true } });
  let [date, watches] = [Date.now(), true];
  api.intercept((request, response) => {
    response.setHeader('date', new Date(date).toUTCString());
    if (request.url?.endsWith('/selfsubjectaccessreviews')) {
      request.resume();
      response.writeHead(201, { 'content-type': 'application/json' }).end(reviewed);
      return true;
    }
    if (watches || !request.url?.includes('watch=true')) return false;
    refuse(response, 403, 'watches are not for you', 'Forbidden');
    return true;
  });
  const well = await visit(t, front);
  t.like(well.check('Kubernetes API clock'), { result: 'pass' });
  t.like(well.check('Kubernetes API watch'), { result: 'pass' });
  t.regex(well.check('Kubernetes API certificate').seen, /kubernetes, valid from .*: (19|20) days are left/);
  t.is(well.check('Kubernetes API certificate').result, 'warn');

  [date, watches] = [Date.now() - 60_000, false];
  const ill = await visit(t, front);
  t.regex(ill.check('Kubernetes API clock').seen, /^(59|60|61|62|63|64) s ahead of the server's clock$/);
  t.regex(ill.check('Kubernetes API watch').seen, /watch services/);
  t.deepEqual(ill.failed.filter((name) => name.startsWith('Kubernetes')).sort(), ['Kubernetes API clock', 'Kubernetes API watch']);
  t.true(ill.failed.includes(onLoopback));
});

withHaproxy('an API server whose certificate has ended is not reached, and the check says why', async (t) => {
  const { front, run, setPods } = await apiFrontend(t, {}, -1);
  setPods(await run(1));
  t.regex((await visit(t, front)).check('Kubernetes API').seen, /expired/);
});

function listenInTcp({ port, pods }: { readonly port: number; readonly pods: { readonly port: number } }) {
  return { binds: [`127.0.0.1:${port}`], podPort: pods.port, mode: 'tcp' };
}
