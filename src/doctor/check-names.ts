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
/** The name of the check of a listen's Service. */
export const listenService = (listen: string): string => `listen ${listen}: service`;
/** The name of the check of a listen's slots. */
export const listenSlots = (listen: string): string => `listen ${listen}: slots`;
/** The name of the check of the route to a service network. */
export const serviceRouteName = ({ cidr }: Network): string => `route to the service network ${cidr}`;
/** The name of the check of the route to a pod network. */
export const podRouteName = ({ cidr }: Network): string => `route to the pod network ${cidr}`;
