import { type ExcludedNetwork, type NetworkFinding, overlapOf } from '../judge/finding.ts';
import { findingMessage } from './message.ts';
import { coveringText, exitStatusOf, type NetworkReport, suggestionsFor } from './report.ts';

/** The report for scripts, in pieces: a hostile list can make a million findings. */
export function* jsonReport(report: NetworkReport): Generator<string> {
  const { cluster, compared, clusterOwned, ignored, faults } = report;
  const head = {
    ok: exitStatusOf(report) === 0,
    cluster: cluster.map(({ name, network, option }) => ({ name, cidr: network.cidr, option })),
    checked: compared,
  };
  yield JSON.stringify(head).slice(0, -1);
  yield* array('findings', report.findings, (finding) => findingJson(report, finding));
  yield* array('own', clusterOwned, excludedJson);
  yield* array('ignored', ignored, excludedJson);
  yield* array('problems', faults, ({ where, problem }) => ({ where, message: problem().message }));
  yield '}\n';
}

function* array<T>(name: string, items: readonly T[], toJson: (item: T) => object): Generator<string> {
  yield `,"${name}":[`;
  const batch = 1000;
  for (let i = 0; i < items.length; i += batch) {
    const text = items
      .slice(i, i + batch)
      .map((item) => JSON.stringify(toJson(item)))
      .join(',');
    yield i === 0 ? text : `,${text}`;
  }
  yield ']';
}

function excludedJson({ name, network, source }: ExcludedNetwork): object {
  return { name, cidr: network.cidr, source };
}

function findingJson(report: NetworkReport, finding: NetworkFinding): object {
  const { severity, relation, cluster, other, otherName, source } = finding;
  const suggestions = suggestionsFor(report, finding);
  const covering = coveringText(suggestions);
  return {
    severity,
    relation,
    cluster: cluster.network.cidr,
    clusterName: cluster.name,
    other: other.cidr,
    otherName,
    source,
    overlap: overlapOf(finding)?.cidr ?? null,
    message: `${findingMessage(finding)}${covering === null ? '' : `; of the suggestions, ${covering}`}`,
    suggestions: suggestions.networks.map(({ cidr }) => cidr),
  };
}
