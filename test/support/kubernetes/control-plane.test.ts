import { needs } from '../needs.ts';
import { startControlPlane } from './control-plane.ts';
import { makePod, slicePath, until } from './objects.ts';

needs('kubernetes', 'openssl')('The control plane of the tests makes slices of the pods of a Service', async (t) => {
  const plane = await startControlPlane();
  t.teardown(plane.close);
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
  await plane.ok('POST', '/api/v1/namespaces/default/services', { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports } });
  await makePod(plane, 'default', { name: 'web-1', address: '10.1.0.5', labels: { app: 'web' } });
  await until('the slice has the pod', async () => (await plane.ok('GET', slicePath('default'))).text.includes('"10.1.0.5"'));
  t.pass();
});
