const names = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE'];

/** The name of a response code (IANA, DNS RCODEs), `RCODE17` and the like for those without a row here. */
export function rcodeName(rcode: number): string {
  return names[rcode] ?? (rcode === 16 ? 'BADVERS' : `RCODE${rcode}`);
}
