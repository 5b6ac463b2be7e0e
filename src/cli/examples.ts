/** The examples in `--help`: the purpose of a command line, and the line. */
const examples: Readonly<Record<string, readonly (readonly [what: string, line: string])[]>> = {
  podfront: [
    ['write a starter configuration, and show the file for HAProxy', 'podfront init && podfront render --offline'],
    ['check this machine', 'podfront doctor'],
  ],
  render: [
    ['show the file without asking cluster DNS', 'podfront render --offline'],
    ['write the file', 'podfront render /etc/haproxy/haproxy.cfg'],
    ['show what would change', 'podfront render --check --explain /etc/haproxy/haproxy.cfg'],
  ],
  watch: [
    ['run the daemon', 'podfront --config /etc/podfront/podfront.yaml watch'],
    ['show what it would do now', 'podfront watch --once --dry-run'],
  ],
  status: [
    ['watch the status on a terminal', 'podfront status --watch'],
    ['ask a daemon without its configuration', 'podfront status --address /run/podfront/status.sock'],
  ],
  resolve: [['show the answers for one listen', 'podfront resolve ingress']],
  doctor: [['list the failed checks', 'podfront doctor --json | jq \'.checks[] | select(.result == "fail")\'']],
  validate: [['check a configuration before installing it', 'podfront --config new.yaml validate']],
  import: [['import a hand-written file', 'podfront import /etc/haproxy/haproxy.cfg --output podfront.yaml']],
  init: [['print the starter', 'podfront init -']],
  kubeconfig: [
    ["make podfront's own credentials", 'podfront kubeconfig --output /etc/podfront/kubeconfig'],
    ['make those of a user', 'podfront kubeconfig --user alice --role view > alice.kubeconfig'],
  ],
  manifest: [['make the account and its roles with kubectl', 'podfront manifest | kubectl apply -f -']],
  'check-networks': [
    ['check the default networks', 'podfront check-networks'],
    ['check other networks', 'podfront check-networks --service-network 10.43.0.0/16 --pod-network 10.42.0.0/16'],
    ['check another machine', 'podfront check-networks --addresses <(ssh fe ip -j addr) --routes <(ssh fe ip -j route show table all)'],
  ],
  completion: [['complete podfront in bash', 'source <(podfront completion bash)']],
};

/** The examples of a command as the last part of its help; empty where it has none. */
export function examplesOf(command: string): string {
  const lines = (examples[command] ?? []).map(([what, line]) => `  # ${what}\n  ${line}`);
  return lines.length === 0 ? '' : `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.join('\n')}`;
}
