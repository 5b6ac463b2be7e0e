import { metrics } from '../../src/status/metrics.ts';

/** docs/metrics.md, from the catalogue of metrics. */
export function metricsPage(): string {
  const rows = Object.entries(metrics).map(([name, { type, help, labels }]) => {
    const shown = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${shown} | ${help} |`;
  });
  return `# Metrics

The metrics that \`podfront watch\` serves under \`/metrics\` of its status address (\`status\` in podfront.yaml), in Prometheus' text format,
together with those of the process itself, \`process_*\` and \`nodejs_*\`. \`examples/alerts/\` has alerting rules for them.

| name | type | labels | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}
