# The options of one frontend: all that podfront knows of a listen, and among them those of flyingcircus.kubernetes.frontend.<name>, by name
# and default, but for maxExpectedPods, whose null lets podfront size the listen by what DNS shows. Types are as wide as podfront's: a bind may
# name a certificate, a port of the pods may be a name, and certificates of the servers may be checked.
{
  lib,
  # the options of a listen, from podfront's schema
  listen,
}:

let
  inherit (lib) mkOption types;
  port = description: mkOption {
    type = types.nullOr types.port;
    default = null;
    inherit description;
  };
in
{
  options = listen // {
    binds = mkOption {
      inherit (listen.binds) type;
      default = null;
      example = [ "198.51.100.2:443" "[2a02:238:f030::1000]:443" ];
      description = "Addresses and ports to listen on. By default 127.0.0.1 and the port of lbServicePort, servicePort or podPort.";
    };
    mode = mkOption {
      type = types.enum [ "http" "tcp" ];
      default = "http";
      description = "tcp passes bytes, as it must be for an ingress that handles HTTPS itself; http speaks HTTP.";
    };
    serviceName = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Name of the Kubernetes service; by default the name of the attribute.";
    };
    namespace = mkOption {
      type = types.str;
      default = "default";
      description = "Kubernetes namespace of the service.";
    };
    podPort = port "Port of the pods, or its name: HAProxy talks to them directly. Exactly one of podPort, servicePort and lbServicePort is set."
      // { inherit (listen.podPort) type; };
    servicePort = port "Port of the service: HAProxy talks to its ClusterIP.";
    lbServicePort = port "Port of a LoadBalancer service: HAProxy talks to the nodes in settings.cluster.nodes.";
    maxExpectedPods = mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      description = "Number of pods there is room for; null sizes it by what DNS shows.";
    };
    sslBackend = mkOption {
      inherit (listen.sslBackend) type;
      default = false;
      description = "TLS to the servers: true checks no certificate, { verify = \"required\"; caFile = ...; sni = ...; } does.";
    };
    extraPodTemplateOptions = mkOption {
      type = types.lines;
      default = "";
      description = "Options added to the line of each server.";
    };
    haproxyExtraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines added to the listen as they stand.";
    };
  };
}
