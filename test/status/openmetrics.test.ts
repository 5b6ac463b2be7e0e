import { spawnSync } from 'node:child_process';
import { openExposition } from '../../src/status/exposition.ts';
import { openHistogram } from '../../src/status/histogram.ts';
import { metrics } from '../../src/status/metrics.ts';
import { needs } from '../support/needs.ts';
import { badDay } from '../support/page/sample.ts';

/** What the parser of Prometheus's Python client reads: each family with its type and its samples. */
interface Family {
  readonly name: string;
  readonly type: string;
  readonly documentation: string;
  readonly samples: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
}

const program = `
import json, sys
from prometheus_client import openmetrics, parser
from prometheus_client.openmetrics import parser as open_parser
read = (open_parser if sys.argv[1] == 'openmetrics' else parser).text_string_to_metric_families
print(json.dumps([{'name': f.name, 'type': f.type, 'documentation': f.documentation,
  'samples': [{'name': s.name, 'labels': s.labels, 'value': str(s.value)} for s in f.samples]} for f in read(sys.stdin.read())]))
`;

function parse(format: string, text: string): readonly Family[] {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', program, format], { input: text, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as readonly Family[];
}

for (const format of ['openmetrics', 'text'] as const) {
  needs('/usr/lib/python3/dist-packages/prometheus_client/__init__.py')(
    `The parser of Prometheus's Python client reads all metrics as the catalogue has them: ${format}`,
    async (t) => {
      const { record, read } = openHistogram([0.005, 0.01, 0.1]);
      for (const seconds of [0.002, 0.006, 0.006, 3]) record(seconds);
      const exposition = await openExposition({ podfront_dns_answer_seconds: read });
      const families = parse(format, await exposition(badDay(), format));
      for (const [name, { type, help, labels }] of Object.entries(metrics)) {
        const family = families.find((one) => one.name === (type === 'counter' ? name.replace(/_total$/, '') : name));
        t.like(family, { type, documentation: help }, name);
        const given = new Set(family?.samples.flatMap((sample) => Object.keys(sample.labels)));
        if (type === 'histogram') given.delete('le');
        for (const label of given) t.true((labels as readonly string[]).includes(label), `${name} has a label ${label}`);
      }
      const histogram = families.find(({ name }) => name === 'podfront_dns_answer_seconds');
      const of = (end: string) => histogram?.samples.filter(({ name }) => name.endsWith(end));
      t.deepEqual(
        of('_bucket')?.map(({ labels, value }) => [Number(labels.le === '+Inf' ? Number.POSITIVE_INFINITY : labels.le), Number(value)]),
        [
          [0.005, 1],
          [0.01, 3],
          [0.1, 3],
          [Number.POSITIVE_INFINITY, 4],
        ],
      );
      t.deepEqual(
        of('_count')?.map(({ value }) => Number(value)),
        [4],
      );
      t.is(Number(of('_sum')?.[0]?.value).toFixed(3), '3.014');
    },
  );
}
