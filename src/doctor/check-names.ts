import type { Network } from '../ip/network.ts';

/** The names of checks that explain others. Scripts rely on all of them: docs/doctor.md. */
export const daemonRunning = 'podfront watch running';
export const haproxyRunning = 'HAProxy running';
export const outputLoaded = 'output loaded by HAProxy';
export const haproxyRunsOutput = 'HAProxy runs the output';
export const reloadPermitted = 'reload permitted';
export const dnsOverUdp = 'cluster DNS over UDP';
export const dnsOverTcp = 'cluster DNS over TCP';
export const dnsAnswerSizes = 'cluster DNS answer sizes';
export const kubernetesApi = 'Kubernetes API';
export const kubernetesPermissions = 'Kubernetes API permissions';
export const listenService = (listen: string): string => `listen ${listen}: service`;
export const listenSlots = (listen: string): string => `listen ${listen}: slots`;
export const serviceRouteName = ({ cidr }: Network): string => `route to the service network ${cidr}`;
export const podRouteName = ({ cidr }: Network): string => `route to the pod network ${cidr}`;
