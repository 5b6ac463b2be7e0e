import type { Network } from '../../ip/network.ts';
import { type Installer, installerOptions } from '../facts/installers.ts';
import type { ConsistentSet } from './consistent-set.ts';

/**
 * The set as text to copy: NixOS configuration, or the command line of kubeadm or k3s. Dual stack is one option with both
 * networks and a comma (Kubernetes, `--service-cluster-ip-range`).
 */
export function snippet(set: ConsistentSet, installer: Installer): string {
  const { command, service, pod, dashboard, dns } = installerOptions[installer];
  const networks = [networkSetting(service, set.services), networkSetting(pod, set.pods)];
  const routes = set.insideRoutes.map(({ text }) => `# only the route ${text} covers it: check that you need nothing there`);
  if (command === null) {
    const settings = [
      ...networks,
      setting(dashboard, set.dashboard?.text ?? null),
      ...(set.dns === null ? [] : [setting(dns, set.dns.text)]),
    ];
    const lines = settings.map(({ option, value, comment }) => (value === null ? comment : `${option} = "${value}";`));
    return `{\n${[...routes, ...lines].flatMap((line) => (line === null ? [] : [`  ${line}\n`])).join('')}}\n`;
  }
  const options = networks.flatMap(({ option, value }) => (value === null ? [] : [` ${option} ${value}`]));
  // k3s has an option for cluster DNS, kubeadm a file of the kubelet.
  const clusterDns = set.dns === null ? [] : [dns.startsWith(command) ? ` ${dns.slice(command.length + 1)} ${set.dns.text}` : ''];
  const notes = [
    ...networks.flatMap(({ comment }) => comment ?? []),
    ...(set.dashboard === null ? [] : [`# ${dashboard} in podfront.yaml: ${set.dashboard.text}`]),
    ...(set.dns === null || dns.startsWith(command) ? [] : [`# ${dns}: ${set.dns.text}`]),
  ];
  return `${[...routes, ...(options.length === 0 ? [] : [`${command}${[...options, ...clusterDns].join('')}`]), ...notes].join('\n')}\n`;
}

interface Setting {
  readonly option: string;
  /** Null where there is none, and `comment` says why. */
  readonly value: string | null;
  readonly comment: string | null;
}

function setting(option: string, value: string | null): Setting {
  return { option, value, comment: null };
}

function networkSetting(option: string, networks: readonly (Network | null)[]): Setting {
  const found = networks.filter((network) => network !== null);
  if (found.length === networks.length) return setting(option, found.map(({ cidr }) => cidr).join(','));
  return { option, value: null, comment: `# ${option}: private space has no free network of that size` };
}
