import { type NetworkFinding, overlapOf } from '../judge/finding.ts';
import { messageOf } from './message.ts';
import { exitStatusOf, type Listed, type NetworkReport, suggestionsFor } from './report.ts';

/** The report for scripts, in pieces: a hostile list can make a million findings. */
export function* jsonReport(report: NetworkReport): Generator<string> {
  const { cluster, checked, own, ignored, faults } = report;
  const head = {
    ok: exitStatusOf(report) === 0,
    cluster: cluster.map(({ name, network, option }) => ({ name, cidr: network.cidr, option })),
    checked,
  };
  yield JSON.stringify(head).slice(0, -1);
  yield* array('findings', report.findings, (finding) => findingJson(report, finding));
  yield* array('own', own, listedJson);
  yield* array('ignored', ignored, listedJson);
  yield* array('problems', faults, ({ where, problem }) => ({ where, message: problem().message }));
  yield '}\n';
}

function* array<T>(name: string, items: readonly T[], shape: (item: T) => object): Generator<string> {
  yield `,"${name}":[`;
  const batch = 1000;
  for (let i = 0; i < items.length; i += batch) {
    const text = items
      .slice(i, i + batch)
      .map((item) => JSON.stringify(shape(item)))
      .join(',');
    yield i === 0 ? text : `,${text}`;
  }
  yield ']';
}

function listedJson({ name, network, source }: Listed): object {
  return { name, cidr: network.cidr, source };
}

function findingJson(report: NetworkReport, finding: NetworkFinding): object {
  const { severity, relation, cluster, other, otherName, source } = finding;
  return {
    severity,
    relation,
    cluster: cluster.network.cidr,
    clusterName: cluster.name,
    other: other.cidr,
    otherName,
    source,
    overlap: overlapOf(finding)?.cidr ?? null,
    message: messageOf(finding),
    suggestions: suggestionsFor(report, finding).map(({ cidr }) => cidr),
  };
}
