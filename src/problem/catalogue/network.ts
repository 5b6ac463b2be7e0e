/** Faults in the input of check-networks. Its findings are not problems but its result. */
export const networkProblems = {
  'network.not-a-cidr': {
    exit: 2,
    message: '{got} is not a network: {why}',
    hint: 'write ADDRESS/PREFIX, such as 10.0.0.0/24 or fd00:10::/112',
  },
  'network.not-an-address': {
    exit: 2,
    message: '{got} is not a name server address: {why}',
    hint: 'resolv.conf(5) wants a plain IPv4 or IPv6 address after the word nameserver',
  },
  'network.no-name': {
    exit: 2,
    message: '{got} has no name before the =',
    hint: 'write NAME=ADDRESS/PREFIX, or ADDRESS/PREFIX alone',
  },
  'network.not-an-interface': {
    exit: 2,
    message: '{got} is neither a network nor the name of an interface: {why}',
    hint: 'write ADDRESS/PREFIX, or a name as `ip link` shows it',
  },
  'network.not-json': {
    exit: 2,
    message: 'this is not the output of {command}: {why}',
    hint: 'create it again with: {command} > FILE',
  },
  'network.bad-entry': {
    exit: 2,
    message: '{what}',
    hint: 'the other entries were read; create the file again with: {command} > FILE',
  },
  'network.host-bits': {
    exit: 2,
    message: '{got} has host bits set: taken as {cidr}',
    hint: 'write {cidr} for the network, or the address alone',
  },
  'network.no-iproute2': {
    exit: 2,
    message: 'cannot ask ip for the networks of this host: {why}',
    hint: 'they are read from /proc, where routes of other tables than main name no device; install iproute2 to see them all',
  },
  'network.ignore-unmatched': {
    exit: 2,
    message: '--ignore {name} matches no known network or interface',
    hint: 'check its spelling: `ip addr` shows the interfaces and their networks',
  },
  'network.map-unwritable': {
    exit: 2,
    message: 'cannot write the map to {file}: {why}',
    hint: 'check the path and its permissions',
  },
} as const;
