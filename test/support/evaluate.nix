# Evaluates examples/nixos/module.nix with the real module system of nixpkgs' lib, beside stand-ins for the options that NixOS declares
# and for the packages. `machine` is the configuration of the machine.
{ nixpkgsLib, module, machine, newRelease ? true }:

let
  lib = import nixpkgsLib;
  inherit (lib) mkOption types;
  free = mkOption { type = types.attrsOf types.anything; default = { }; };
  value = default: mkOption { type = types.anything; inherit default; };

  nixos = { ... }: {
    options = {
      assertions = mkOption { type = types.listOf types.anything; default = [ ]; };
      environment.etc = free;
      environment.systemPackages = mkOption { type = types.listOf types.anything; default = [ ]; };
      users.users = free;
      users.groups = free;
      systemd.services = free;
      systemd.package = value "/store/systemd";
      systemd.tmpfiles.rules = mkOption { type = types.listOf types.str; default = [ ]; };
      system = { activationScripts = free; } // (if newRelease then { preSwitchChecks = free; } else { });
      services.haproxy = {
        enable = mkOption { type = types.bool; default = false; };
        config = mkOption { type = types.nullOr types.lines; default = null; };
      };
      services.kubernetes = {
        proxy.enable = mkOption { type = types.bool; default = false; };
        apiserver.serviceClusterIpRange = mkOption { type = types.str; default = "10.0.0.0/24"; };
        clusterCidr = mkOption { type = types.nullOr types.str; default = "10.1.0.0/16"; };
        addons.dns.clusterIp = mkOption { type = types.str; default = "10.0.0.254"; };
      };
    };
    # What NixOS's own module says of HAProxy.
    config.environment.etc."haproxy.cfg".source = "/store/haproxy.conf";
    config.systemd.services.haproxy.serviceConfig = {
      User = "haproxy";
      ExecStartPre = [ "ln" "/run/haproxy/haproxy -c -f /store/haproxy.conf" ];
      ExecStart = "/run/haproxy/haproxy -Ws -f /etc/haproxy.cfg -p /run/haproxy/haproxy.pid";
      ExecReload = [ "reload" ];
    };
  };

  derivation = name: text: { type = "derivation"; inherit name text; outPath = "/store/${name}"; };
  pkgs = {
    coreutils = "/store/coreutils";
    haproxy = "/store/haproxy";
    iproute2 = "/store/iproute2";
    writeText = derivation;
    runCommand = name: _: script: derivation name script;
  };

  evaluated = lib.evalModules {
    modules = [ nixos module { _module.args = { inherit pkgs; }; } machine { services.podfront.package = derivation "podfront" ""; } ];
  };
in
{
  inherit (evaluated.config) assertions systemd;
  inherit (evaluated.config.services) haproxy;
  inherit (evaluated.config.services.podfront) settings networkCheck;
  etc = builtins.mapAttrs (_: file: file.source.text or file.text or file.source) evaluated.config.environment.etc;
  system = builtins.mapAttrs (_: builtins.attrNames) evaluated.config.system;
}
