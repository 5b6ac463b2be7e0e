import { bundled, frontend, startWatch } from '../support/daemon-frontend.ts';
import { needs } from '../support/needs.ts';

needs('haproxy')('Too low a limit of file descriptors is warned of before HAProxy is started', async (t) => {
  const front = await frontend(t);
  const web = { binds: [`127.0.0.1:${front.port}`], podPort: front.pods.port, mode: 'http', maxExpectedPods: 200 };
  await front.configure({ listen: { web } });
  // A service with LimitNOFILE=128.
  const limited = ['sh', '-c', 'ulimit -n 128 && exec "$@"', 'sh', ...bundled];
  const watching = startWatch(t, front, [], {}, limited);
  await watching.says(/HAProxy needs about 301 file descriptors for this many checked servers, and the limit here is 128/);
  const { warnings } = await watching.status();
  t.true(warnings.some(({ code }) => code === 'render.descriptors'));
});
