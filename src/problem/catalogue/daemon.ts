/** Problems of `watch`, and of `status`, which asks it. */
export const daemonProblems = {
  'watch.locked': {
    exit: 5,
    message: 'another podfront already manages {file}',
    hint: 'there can be one daemon per output file: stop the other one, or set another haproxy.output',
  },
  'watch.lost-kept': {
    exit: 5,
    message: '{lost} of {had} listens lost all their pods within a minute; their last known servers stay, and health checks decide',
    hint: 'this is taken for a fault of the cluster: are its nodes Ready, and does the API server answer? if the pods were meant to go, set pace.keepLost to none and send SIGHUP',
  },
  'watch.status-address': {
    exit: 5,
    message: 'cannot serve the status on {address}: {why}',
    hint: 'choose a free loopback address, or a socket path in a folder that podfront may write to, or set status to none',
  },
  'watch.output-removed': {
    exit: 5,
    message: '{file} was removed by another program or user',
    hint: 'podfront writes it again; HAProxy could not have started without it',
  },
  'watch.output-changed': {
    exit: 5,
    message: '{file} was changed by another program or user',
    hint: 'podfront writes it again; change podfront.yaml instead, or name files of your own in haproxy.with',
  },
  'bind.not-owned': {
    exit: 5,
    message: 'bind {bind} of {owner}: no interface of this machine has the address {address}',
    hint: 'HAProxy would fail to reload; assign the address first, or allow it with the sysctl ip_nonlocal_bind',
  },
  'bind.taken': {
    exit: 5,
    message: 'bind {bind} of {owner}: port {port} is taken by another program',
    hint: 'HAProxy would fail to reload; find the program with: ss -ltnp "sport = :{port}"',
  },
  'haproxy.absent': {
    exit: 5,
    message: 'HAProxy is not running: {why}',
    hint: 'podfront keeps the file up to date, and reloads HAProxy if needed once it runs',
  },
  'haproxy.not-following': {
    exit: 5,
    message:
      'HAProxy does not follow cluster DNS: for {seconds} s listen {listen} has lacked {missing} of the known addresses and had {surplus} others{more}',
    hint: 'podfront reloads HAProxy, whose new worker asks from a new socket; if that does not help, compare show resolvers on its stats socket with podfront resolve',
  },
  'haproxy.unreachable': {
    exit: 5,
    message: 'HAProxy cannot be reached over {socket}: {why}',
    hint: 'is HAProxy running with -S {socket}, and may podfront write to it? podfront keeps the file up to date until then',
  },
  'haproxy.no-server-up': {
    exit: 5,
    message: 'HAProxy has no server that takes traffic: {servers}',
    hint: 'clients get 503, or their connections are closed; are the pods healthy, and does this VM reach them? see podfront doctor',
  },
  'haproxy.health-unknown': {
    exit: 5,
    message: 'it is not known whether servers are up: {why}',
    hint: "set haproxy.socket to HAProxy's stats socket, or reload by master, and give podfront access to that socket",
  },
  'reload.failed': {
    exit: 5,
    message: 'HAProxy did not load the new file: {why}',
    hint: '{restored}',
  },
  'reload.unseen': {
    exit: 5,
    message: 'the reload was requested, but nothing shows whether HAProxy runs the new file',
    hint: "set haproxy.socket to HAProxy's stats socket, or reload by master, systemd or pidfile",
  },
  'reload.not-restored': {
    exit: 5,
    message: 'the last good file was restored, but HAProxy was not seen running it: {why}',
    hint: 'check the log of HAProxy; podfront tries again at the next change or on SIGHUP',
  },
  'runtime.unreachable': {
    exit: 5,
    message: 'servers cannot be changed at run time over {socket}: {why}',
    hint: 'podfront tries again, and reloads HAProxy where that does not help; is haproxy.reload.master or haproxy.socket the socket of this HAProxy?',
  },
  'runtime.level': {
    exit: 5,
    message: 'servers cannot be changed at run time over {socket}, which has the level {level}',
    hint: 'podfront reloads HAProxy instead; write level admin on the stats socket line, or reload by haproxy.reload.master',
  },
  'runtime.default-server': {
    exit: 5,
    message: 'servers cannot be added at run time, because default-server in {file} does not apply to them',
    hint: 'podfront reloads HAProxy instead; move those options to extraPodTemplateOptions of the listens',
  },
  'runtime.refused': {
    exit: 5,
    message: 'HAProxy did not {what} server {server} at run time: {reply}',
    hint: 'podfront reloads HAProxy instead, and tries again after SIGHUP or when the listen changes',
  },
  'status.not-configured': {
    exit: 2,
    message: '{file} sets no status address',
    hint: 'set status to a loopback address or a socket path, such as /run/podfront/status.sock, and restart podfront watch; --address asks a daemon whose address you know',
  },
  'status.unreachable': {
    exit: 5,
    message: 'podfront watch does not answer on {address}: {why}',
    hint: 'is podfront watch running with this configuration?',
  },
} as const;
