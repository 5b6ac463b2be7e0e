/** What can go wrong while `watch` keeps HAProxy true, and while `status` asks it. */
export const daemonProblems = {
  'watch.locked': {
    exit: 5,
    message: 'another podfront keeps {file} already',
    hint: 'one daemon per output file: stop the other one, or give this one another haproxy.output',
  },
  'watch.status-address': {
    exit: 5,
    message: 'cannot serve the status on {address}: {why}',
    hint: 'choose a free loopback address or a socket path in a folder of podfront, or set status to none',
  },
  'bind.not-owned': {
    exit: 5,
    message: 'bind {bind} of {owner}: no interface of this machine has the address {address}',
    hint: 'HAProxy would fail to reload; assign the address first, or allow it with the sysctl ip_nonlocal_bind',
  },
  'bind.taken': {
    exit: 5,
    message: 'bind {bind} of {owner}: port {port} is taken by another program',
    hint: 'HAProxy would fail to reload; see who it is with: ss -ltnp "sport = :{port}"',
  },
  'haproxy.absent': {
    exit: 5,
    message: 'HAProxy does not run: {why}',
    hint: 'the file is kept current meanwhile; the reload is done, or found needless, once HAProxy is there',
  },
  'haproxy.unreachable': {
    exit: 5,
    message: 'HAProxy cannot be reached over {socket}: {why}',
    hint: 'is HAProxy running with -S {socket}, and may podfront write to it? the file is kept current meanwhile',
  },
  'reload.failed': {
    exit: 5,
    message: 'HAProxy did not take over the new file: {why}',
    hint: '{restored}',
  },
  'reload.unseen': {
    exit: 5,
    message: 'the reload was asked for, and nothing shows whether HAProxy runs the new file',
    hint: "set haproxy.socket to HAProxy's stats socket, or reload by master, systemd or pidfile",
  },
  'reload.not-restored': {
    exit: 5,
    message: 'the last good file is back, and HAProxy was not seen running it: {why}',
    hint: 'look at the log of HAProxy; podfront tries again with the next change or on SIGHUP',
  },
  'status.not-configured': {
    exit: 2,
    message: '{file} sets no status address',
    hint: 'set status to a loopback address or a socket path, such as /run/podfront/status.sock, and restart podfront watch',
  },
  'status.unreachable': {
    exit: 5,
    message: 'podfront watch does not answer on {address}: {why}',
    hint: 'is podfront watch running with this configuration?',
  },
} as const;
