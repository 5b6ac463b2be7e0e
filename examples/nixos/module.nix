# podfront on NixOS: services.podfront. README.md beside this file tells how to use it, and why it is wired as it is.
{ config, lib, options, pkgs, ... }:

let
  inherit (lib) mkDefault mkEnableOption mkForce mkIf mkMerge mkOption types;
  cfg = config.services.podfront;

  # These options are not there on every system.
  kubernetes = if options ? services.kubernetes then config.services.kubernetes else { };
  dashboardClusterIP = lib.attrByPath [ "flyingcircus" "roles" "kubernetes" "dashboardClusterIP" ] null config;

  defaults = import ./settings.nix {
    inherit (cfg) frontend;
    inherit dashboardClusterIP;
    serviceClusterIpRange = kubernetes.apiserver.serviceClusterIpRange or null;
    clusterCidr = kubernetes.clusterCidr or null;
    clusterDns = kubernetes.addons.dns.clusterIp or null;
  };

  optionsOf = import ./schema-options.nix { inherit lib; };
  schema = builtins.fromJSON (builtins.readFile ../../podfront.schema.json);
  # What an object may hold stands behind the null that it may be as well.
  objectOf = one: lib.findFirst (each: each ? properties) null one.anyOf;
  mapOf = one: lib.findFirst (each: each ? additionalProperties) null one.anyOf;
  listen = optionsOf (objectOf (mapOf schema.properties.listen).additionalProperties);
  listens = builtins.attrValues (if cfg.settings.listen == null then { } else lib.filterAttrs (_: one: one != null) cfg.settings.listen);

  haproxy = "${config.services.haproxy.package or pkgs.haproxy}/bin/haproxy";
  folder = "/var/lib/podfront/haproxy";
  masterSocket = "/run/haproxy/podfront.sock";
  beside = cfg.layout == "fragment";

  # HAProxy loads each *.cfg of the folder. There may be none yet, and it must start all the same: hence a file before it.
  files = "-f ${if beside then "/etc/haproxy.cfg" else "/etc/podfront/none.cfg"} -f ${folder}";

  plain = pkgs.writeText "podfront.json" (builtins.toJSON (lib.filterAttrsRecursive (_: value: value != null) cfg.settings));
  checked = pkgs.runCommand "podfront.json" { } ''
    ${cfg.package}/bin/podfront --config ${plain} render --offline --no-validate > /dev/null
    cp ${plain} $out
  '';
in
{
  imports = [ ./network-check.nix ];

  options.services.podfront = {
    enable = mkEnableOption "podfront, which keeps HAProxy pointed at the pods of a Kubernetes cluster";

    package = mkOption {
      type = types.package;
      description = "The podfront package, such as package.nix beside this file makes it.";
    };

    frontend = mkOption {
      type = types.attrsOf (types.submodule (import ./frontend-options.nix { inherit lib listen; }));
      default = { };
      description = "What HAProxy offers, and the service each one reaches: the options of flyingcircus.kubernetes.frontend, and podfront's own.";
    };

    settings = mkOption {
      type = types.submodule { options = optionsOf schema; };
      default = { };
      example = { cluster.nameservers = [ "192.0.2.53" ]; haproxy.peers.fe1 = "192.0.2.21:10000"; };
      description = "podfront's configuration (docs/configuration.md). Everything this module sets in it is a default.";
    };

    layout = mkOption {
      type = types.enum [ "fragment" "full" ];
      default = "fragment";
      description = ''
        fragment: HAProxy loads /etc/haproxy.cfg (services.haproxy.config), and podfront's listens beside it.
        full: HAProxy loads podfront's file alone, and services.haproxy.config is not used.
      '';
    };

    checkConfig = mkOption {
      type = types.bool;
      default = builtins.all (one: one.basicAuth == null) listens;
      defaultText = "true where no listen has basicAuth";
      description = ''
        Have podfront read its configuration when the system is built, so that a fault fails the build. Turn it off where the
        configuration names files that are on the machine only, as those of basicAuth are: templates outside of the store.
      '';
    };
  };

  config = mkMerge [
    # On its own, so that what is not enabled defines nothing.
    (mkIf cfg.enable {
      # podfront knows many more when it reads its configuration; these tell before anything is built.
      assertions = lib.concatLists (lib.mapAttrsToList (name: one: [
        {
          assertion = lib.count (port: port != null) [ one.podPort one.servicePort one.lbServicePort ] == 1;
          message = "services.podfront.frontend.${name}: set exactly one of podPort, servicePort and lbServicePort.";
        }
        {
          assertion = one.lbServicePort == null || (cfg.settings.cluster.nodes or null) != null;
          message = "services.podfront.frontend.${name}: lbServicePort reaches the nodes of services.podfront.settings.cluster.nodes, and there are none.";
        }
        {
          assertion = one.mode == "http" || (one.basicAuth == null && one.hsts == null && one.redirectToHttps != true);
          message = "services.podfront.frontend.${name}: basicAuth, hsts and redirectToHttps need mode = \"http\".";
        }
      ]) cfg.frontend);

      services.podfront.settings = {
        cluster = builtins.mapAttrs (_: mkDefault) defaults.cluster;
        listen = builtins.mapAttrs (_: builtins.mapAttrs (_: mkDefault)) defaults.listen;
        haproxy = {
          output = mkDefault "${folder}/podfront.cfg";
          inherit (cfg) layout;
          "with" = mkDefault (if beside then [ "/etc/haproxy.cfg" ] else [ ]);
          binary = mkDefault haproxy;
          reload = mkDefault { master = masterSocket; };
        };
        status = mkDefault "/run/podfront/status.sock";
      };

      # A symlink that a new generation retargets: podfront sees it and reads again, without a restart.
      environment.etc."podfront/podfront.yaml".source = if cfg.checkConfig then checked else plain;
      environment.etc."podfront/none.cfg".text = "# Nothing: HAProxy's configuration is written by podfront.\n";
      environment.systemPackages = [ cfg.package ];

      users.users.podfront = {
        isSystemUser = true;
        group = "podfront";
        description = "podfront";
      };
      users.groups.podfront = { };

      # Kept over a reboot: HAProxy starts with the last known pods, also while cluster DNS is down. Made before either service starts.
      systemd.tmpfiles.rules = [
        "d /var/lib/podfront 0750 podfront podfront -"
        "d ${folder} 0750 podfront podfront -"
      ];

      systemd.services.podfront = {
        description = "podfront: keeps HAProxy pointed at the pods";
        documentation = [ "man:podfront(1)" "file:${cfg.package}/lib/node_modules/podfront/docs/operations.md" ];
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        # It tries for as long as it takes; nothing waits for it.
        startLimitIntervalSec = 0;
        # systemd-notify, and ip for the networks of this machine
        path = [ config.systemd.package pkgs.iproute2 ];
        serviceConfig = import ./service.nix // {
          ExecStart = "${cfg.package}/bin/podfront --config /etc/podfront/podfront.yaml watch";
          ExecReload = "${pkgs.coreutils}/bin/kill -HUP $MAINPID";
        };
      };

      services.haproxy = {
        enable = mkDefault true;
        # What NixOS demands where nobody wrote one. Listens of yours go here too.
        config = mkDefault ''
          defaults
            log global
            option dontlognull
            timeout connect 5s
            timeout client 1m
            timeout server 1m

          listen _stats
            bind 127.0.0.1:8000
            mode http
            stats enable
            stats uri /
        '';
      };

      # The unit names no file of the store any more, so that a change of /etc/haproxy.cfg has to be told to it.
      systemd.services.haproxy = {
        ${if lib.versionAtLeast lib.trivial.release "22.05" then "reloadTriggers" else "restartTriggers"} = [ config.environment.etc."haproxy.cfg".source ];
        serviceConfig = {
          # Member of podfront's group: it reads podfront's folder, and gives that group its master socket.
          SupplementaryGroups = [ "podfront" ];
          ExecStartPre = mkForce [ "${pkgs.coreutils}/bin/ln -sf ${haproxy} /run/haproxy/haproxy" ];
          ExecStart = mkForce "/run/haproxy/haproxy -Ws ${files} -p /run/haproxy/haproxy.pid -S ${masterSocket},mode,660,group,podfront,level,operator";
          ExecReload = mkForce [
            "${haproxy} -c ${files}"
            "${pkgs.coreutils}/bin/ln -sf ${haproxy} /run/haproxy/haproxy"
            "${pkgs.coreutils}/bin/kill -USR2 $MAINPID"
          ];
        };
      };
    })

    {
      services.podfront.networkCheck = {
        # Where this machine is part of a cluster that NixOS's own module makes, and so uses its networks.
        enable = mkDefault (cfg.enable && (kubernetes.proxy.enable or false));
        command = mkDefault "${cfg.package}/bin/podfront";
        nodes = mkIf ((cfg.settings.cluster.nodes or null) != null) (mkDefault cfg.settings.cluster.nodes);
      };
    }
  ];
}
