/** The tool that sets up Kubernetes, whose options the advice names. */
export type Installer = 'nixos' | 'kubeadm' | 'k3s';

interface InstallerOptions {
  /** The command that takes the options; null where they stand in a configuration. */
  readonly command: string | null;
  readonly service: string;
  readonly pod: string;
  readonly dashboard: string;
  /** The place where the address of cluster DNS is set. */
  readonly dns: string;
}

/**
 * From the NixOS and Flying Circus manuals, `kubeadm init --help` and `k3s server --help`. kubeadm and k3s have no option for
 * the dashboard: its address is that of its Service, and podfront.yaml names it.
 */
export const installerOptions: Readonly<Record<Installer, InstallerOptions>> = {
  nixos: {
    command: null,
    service: 'services.kubernetes.apiserver.serviceClusterIpRange',
    pod: 'services.kubernetes.clusterCidr',
    dashboard: 'flyingcircus.roles.kubernetes.dashboardClusterIP',
    dns: 'services.kubernetes.addons.dns.clusterIp',
  },
  kubeadm: {
    command: 'kubeadm init',
    service: '--service-cidr',
    pod: '--pod-network-cidr',
    dashboard: 'cluster.dashboardClusterIP',
    dns: "clusterDNS of the kubelets' configuration",
  },
  k3s: {
    command: 'k3s server',
    service: '--service-cidr',
    pod: '--cluster-cidr',
    dashboard: 'cluster.dashboardClusterIP',
    dns: 'k3s server --cluster-dns',
  },
};
