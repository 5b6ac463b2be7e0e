/** Faults in what check-networks is given. Its findings are no problems: they are its product. */
export const networkProblems = {
  'network.not-a-cidr': {
    exit: 2,
    says: '{got} is not a network: {why}',
    hint: 'write ADDRESS/PREFIX, such as 10.0.0.0/24 or fd00:10::/112',
  },
} as const;
