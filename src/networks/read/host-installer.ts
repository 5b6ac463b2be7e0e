import { existsSync } from 'node:fs';
import type { Installer } from '../facts/installers.ts';

/** Files that only one installer makes. A NixOS host with k3s from nixpkgs is configured as NixOS. */
const signs: readonly (readonly [file: string, installer: Installer])[] = [
  ['/etc/NIXOS', 'nixos'],
  ['/etc/rancher/k3s', 'k3s'],
  ['/usr/local/bin/k3s', 'k3s'],
  ['/etc/kubernetes/manifests', 'kubeadm'],
  ['/usr/bin/kubeadm', 'kubeadm'],
];

/** The installer of Kubernetes whose files this host has; null where it has none. `root` is the root of its file system. */
export function installerOfHost(root: string): Installer | null {
  return signs.find(([file]) => existsSync(`${root}${file}`))?.[1] ?? null;
}
