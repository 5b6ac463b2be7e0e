import type { Network } from '../ip/network.ts';

/** Names of checks that others may follow from. Scripts rely on all of them: docs/doctor.md. */
export const running = 'HAProxy running';
export const loaded = 'output loaded by HAProxy';
export const runs = 'HAProxy runs the output';
export const permitted = 'reload permitted';
export const overUdp = 'cluster DNS over UDP';
export const overTcp = 'cluster DNS over TCP';
export const answerSizes = 'cluster DNS answer sizes';
export const serviceOf = (listen: string): string => `listen ${listen}: service`;
export const slotsOf = (listen: string): string => `listen ${listen}: slots`;
export const serviceRouteOf = ({ cidr }: Network): string => `route to the service network ${cidr}`;
export const podRouteOf = ({ cidr }: Network): string => `route to the pod network ${cidr}`;
