import test, { type ExecutionContext } from 'ava';
import { runBuildScript } from '../support/build-script.ts';
import { testParts } from '../support/kubernetes/build.ts';

const kubernetes = (t: ExecutionContext, go: string | null, env?: Readonly<Record<string, string>>) =>
  runBuildScript(t, 'kubernetes.mjs', go, env);

/** Makes programs in the folder after `-o`, as go build does with several packages. */
const builds = `while [ "$1" ]; do
  [ "$1" != -o ] || for name in kube-apiserver kube-controller-manager kube-proxy kubectl server; do echo binary > "$2/$name"; done
  shift
done`;

test('The programs of the control plane are built, and the script says where they are', (t) => {
  const { status, said, built } = kubernetes(t, builds, { CI: 'true' });
  t.is(status, 0, said);
  t.is(built.length, testParts.length);
  for (const name of built) t.true(said.includes(name));
});

test('A go build that makes nothing, or fails, fails the script', (t) => {
  const nothing = kubernetes(t, 'exit 0');
  t.not(nothing.status, 0);
  t.regex(
    nothing.said,
    /go build ended well for kubernetes-[\d.]+, but made no kube-apiserver, kube-controller-manager, kube-proxy, kubectl/,
  );
  const failing = kubernetes(t, '[ "$1" = version ]');
  t.not(failing.status, 0);
  t.regex(failing.said, /go build failed for kubernetes-[\d.]+: it ended with 1/);
});

test('Without Go the suites are left out, and where CI is set that is a failure', (t) => {
  const { status, said } = kubernetes(t, null);
  t.is(status, 0);
  t.is(said, 'go is not on PATH: the suites that need a Kubernetes control plane are left out\n');
  t.is(kubernetes(t, null, { CI: 'true' }).status, 1);
  t.is(kubernetes(t, builds, { CI: 'true', PODFRONT_NO_INSTALL: '1' }).status, 1);
});
