import test, { type ExecutionContext } from 'ava';
import { runBuildScript } from '../support/build-script.ts';

const coredns = (t: ExecutionContext, go: string | null, env?: Readonly<Record<string, string>>) =>
  runBuildScript(t, 'coredns.mjs', go, env);

/** Writes to the file after `-o`, as go build does. */
const builds = 'while [ "$1" ]; do [ "$1" != -o ] || echo binary > "$2"; shift; done';

test('Each CoreDNS of the suites is built, and the script says where it is', (t) => {
  const { status, said, built } = coredns(t, builds, { CI: 'true' });
  t.is(status, 0, said);
  t.is(built.length, 2);
  for (const name of built) t.true(said.includes(name));
});

test('A go build that makes nothing, or fails, fails the script', (t) => {
  const nothing = coredns(t, 'exit 0');
  t.not(nothing.status, 0);
  t.regex(nothing.said, /go build ended well for CoreDNS 1\.8\.0, but made no binary/);
  const failing = coredns(t, '[ "$1" = version ]');
  t.not(failing.status, 0);
  t.regex(failing.said, /go build failed for CoreDNS 1\.8\.0: it ended with 1/);
});

test('Without Go the suites are left out, and where CI is set that is a failure', (t) => {
  const { status, said } = coredns(t, null);
  t.is(status, 0);
  t.is(said, 'go is not on PATH: the suites that need CoreDNS are left out\n');
  t.is(coredns(t, null, { CI: 'true' }).status, 1);
  t.is(coredns(t, builds, { CI: 'true', PODFRONT_NO_INSTALL: '1' }).status, 1);
});
