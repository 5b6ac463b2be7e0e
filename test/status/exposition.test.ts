import test from 'ava';
import { formatFor, formatMetrics, openExposition } from '../../src/status/exposition.ts';
import { openHistogram } from '../../src/status/histogram.ts';
import { metrics } from '../../src/status/metrics.ts';
import { badDay, listenStatus, noon, refused, status } from '../support/page/sample.ts';

test('values are counted in the bucket of their size and all larger ones', (t) => {
  const { record, read } = openHistogram([0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 3]) record(value);
  t.deepEqual(read(), {
    buckets: [
      { le: 0.1, count: 2 },
      { le: 1, count: 3 },
    ],
    sum: 3.65,
    count: 4,
  });
});

test('both formats of Prometheus are written', (t) => {
  const families = [
    { name: 'a_total', help: 'x\ny\\"', type: 'counter', values: [{ suffix: '', labels: { name: 'q"\\\n' }, value: 3 }] },
    { name: 'b', help: 'z', type: 'gauge', values: [{ suffix: '', labels: {}, value: Number.POSITIVE_INFINITY }] },
  ];
  t.is(
    formatMetrics(families, 'text'),
    '# HELP a_total x\\ny\\\\"\n# TYPE a_total counter\na_total{name="q\\"\\\\\\n"} 3\n# HELP b z\n# TYPE b gauge\nb +Inf\n',
  );
  t.is(
    formatMetrics(families, 'openmetrics'),
    '# HELP a x\\ny\\\\\\"\n# TYPE a counter\na_total{name="q\\"\\\\\\n"} 3\n# HELP b z\n# TYPE b gauge\nb +Inf\n# EOF\n',
  );
  t.is(formatFor('application/openmetrics-text;version=1.0.0,text/plain;q=0.5'), 'openmetrics');
  t.is(formatFor('*/*'), 'text');
  t.is(formatFor(undefined), 'text');
});

test('every metric of the catalogue is exposed, and those of the process', async (t) => {
  const { record, read } = openHistogram([0.01]);
  record(0.002);
  const exposition = await openExposition({ podfront_dns_answer_seconds: read });
  const text = await exposition(badDay(), 'text');
  for (const [name, { type }] of Object.entries(metrics)) t.true(text.includes(`# TYPE ${name} ${type}\n`), name);
  t.regex(text, /^podfront_dns_answer_seconds_bucket\{le="0\.01"\} 1$/m);
  t.regex(text, /^podfront_dns_answer_seconds_bucket\{le="\+Inf"\} 1$/m);
  t.regex(text, /^podfront_dns_answer_seconds_count 1$/m);
  t.regex(text, /^podfront_build_info\{version="0\.1\.0"\} 1$/m);
  t.regex(text, /^process_resident_memory_bytes \d+$/m);
  const open = await exposition(badDay(), 'openmetrics');
  t.regex(open, /^# TYPE podfront_reloads counter$/m);
  t.true(open.endsWith('\n# EOF\n'));
});

test('an outage has its length and its code, and servers are counted by state', async (t) => {
  const exposition = await openExposition({});
  const health = { up: 0, backups: 0, down: 2, draining: 0, maintenance: 1, sessions: 5, errors: 9, lastCheck: null };
  const outage = { since: new Date(noon - 90_000).toISOString(), problem: refused };
  const down = listenStatus({ listen: 'down', traffic: 'none', outage, health });
  const unknown = listenStatus({ listen: 'unknown', traffic: 'unknown', health: null });
  const text = await exposition(status({ listens: [down, unknown, listenStatus()] }), 'text');
  t.deepEqual(
    text.split('\n').filter((line) => /^podfront_listen_(outage|servers|sessions|errors)/.test(line) && !line.includes('ingress')),
    [
      'podfront_listen_outage_seconds{listen="down"} 90',
      'podfront_listen_outage{listen="down",code="dns.refused"} 1',
      'podfront_listen_servers{listen="down",state="up"} 0',
      'podfront_listen_servers{listen="down",state="down"} 2',
      'podfront_listen_servers{listen="down",state="draining"} 0',
      'podfront_listen_servers{listen="down",state="maintenance"} 1',
      'podfront_listen_sessions{listen="down"} 5',
      'podfront_listen_errors_total{listen="down"} 9',
    ],
  );
  t.regex(text, /^podfront_listen_outage_seconds\{listen="ingress"\} 0$/m);
});
