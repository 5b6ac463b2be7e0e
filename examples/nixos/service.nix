# How podfront's service runs: examples/systemd/podfront.service, as Nix. A test holds the two together.
{
  Type = "notify";
  # systemd-notify, a child, does the talking.
  NotifyAccess = "all";
  # Ready after the first good turn, and that may wait for cluster DNS.
  TimeoutStartSec = "infinity";
  TimeoutStopSec = "10s";
  WatchdogSec = "30s";
  Restart = "always";
  RestartSec = "2s";

  User = "podfront";
  Group = "podfront";
  # Nothing is readable for others: the file may hold password hashes.
  UMask = "0027";
  # No core dump either.
  LimitCORE = 0;
  # With 10,000 listens podfront takes about 200 MB, and the `haproxy -c` that it starts 1 GB (docs/scale.md).
  MemoryMax = "2G";
  RuntimeDirectory = "podfront";
  RuntimeDirectoryMode = "0750";
  ReadWritePaths = "/var/lib/podfront";

  CapabilityBoundingSet = "";
  NoNewPrivileges = true;
  LockPersonality = true;
  PrivateDevices = true;
  PrivateTmp = true;
  ProtectClock = true;
  ProtectControlGroups = true;
  ProtectHome = true;
  ProtectHostname = true;
  ProtectKernelLogs = true;
  ProtectKernelModules = true;
  ProtectKernelTunables = true;
  ProtectSystem = "strict";
  RemoveIPC = true;
  # Netlink tells the addresses of this machine.
  RestrictAddressFamilies = "AF_UNIX AF_INET AF_INET6 AF_NETLINK";
  RestrictNamespaces = true;
  RestrictRealtime = true;
  RestrictSUIDSGID = true;
  SystemCallArchitectures = "native";
  # V8 asks for memory protection keys. What else a later Node tries is refused to it, rather than its death.
  SystemCallFilter = "@system-service @pkey";
  SystemCallErrorNumber = "EPERM";
}
