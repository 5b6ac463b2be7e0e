# Runs `podfront check-networks` before a configuration is activated, with the networks of that configuration, and refuses
# the switch with the report when they are not free. Import it beside the Kubernetes roles:
#
#   imports = [ ./network-check.nix ];
#   services.podfront.networkCheck = {
#     enable = true;
#     command = "${podfront}/bin/podfront";
#     existingNetworks.office = "192.168.0.0/16";
#   };
{ config, lib, options, pkgs, ... }:

let
  cfg = config.services.podfront.networkCheck;
  kubernetes = config.services.kubernetes;

  # Options that not every system has: dashboardClusterIP is Flying Circus's, clusterCidr may be null.
  dashboard = lib.attrByPath [ "flyingcircus" "roles" "kubernetes" "dashboardClusterIP" ] null config;
  networks = text: lib.filter (part: part != "") (lib.splitString "," (lib.replaceStrings [ " " ] [ "" ] text));

  # JSON is YAML 1.2, and podfront takes null for "not set".
  settings = pkgs.writeText "podfront-networks.json" (builtins.toJSON {
    cluster = {
      serviceNetworks = networks kubernetes.apiserver.serviceClusterIpRange;
      podNetworks = if kubernetes.clusterCidr == null then null else networks kubernetes.clusterCidr;
      dashboardClusterIP = dashboard;
      existingNetworks = cfg.existingNetworks;
      nodes = cfg.nodes;
    };
  });

  check = "${lib.escapeShellArg cfg.command} --config ${settings} check-networks"
    + lib.optionalString (cfg.ignore != [ ]) " --ignore ${lib.escapeShellArgs cfg.ignore}";

  refuse = ''
    if ! ${check} >&2; then
      echo "the networks of Kubernetes are not free: nothing was activated (see the report above)" >&2
      exit 1
    fi
  '';
in
{
  options.services.podfront.networkCheck = {
    enable = lib.mkEnableOption "the check of the Kubernetes networks before each activation";
    command = lib.mkOption {
      type = lib.types.str;
      description = "The podfront program, as an absolute path: PATH is short during a switch.";
    };
    existingNetworks = lib.mkOption {
      type = lib.types.attrsOf lib.types.str;
      default = { };
      description = "Networks this machine cannot see, by name.";
    };
    nodes = lib.mkOption {
      type = lib.types.attrsOf lib.types.str;
      default = { };
      description = "Addresses of the nodes, by name: for the size of the pod network, and to know their routes.";
    };
    ignore = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Networks and interfaces that are known and accepted.";
    };
  };

  config = lib.mkIf cfg.enable (
    if options.system ? preSwitchChecks then {
      # NixOS 25.05 and newer: runs before anything is touched, the boot loader included.
      system.preSwitchChecks.podfrontNetworks = refuse;
    } else {
      # Older releases have nothing that runs earlier than the activation script. Its name makes it the first part of it,
      # so that /etc and the services stay as they are; the boot loader has the new generation already, and
      # `nixos-rebuild switch --rollback` takes it back. Not at boot (there is no current system then): a machine must start.
      system.activationScripts."00-podfront-networks" = ''
        if [ -e /run/current-system ]; then
        ${refuse}
        fi
      '';
    }
  );
}
