# The options of one frontend: those of flyingcircus.kubernetes.frontend.<name>, by name, type and default, but for
# maxExpectedPods, whose null lets podfront size the listen by what DNS shows.
{ lib }:

let
  inherit (lib) mkOption types;
  port = description: mkOption {
    type = types.nullOr types.port;
    default = null;
    inherit description;
  };
in
{
  options = {
    binds = mkOption {
      type = types.nullOr (types.listOf types.str);
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
    podPort = port "Port of the pods: HAProxy talks to them directly. Exactly one of podPort, servicePort and lbServicePort is set.";
    servicePort = port "Port of the service: HAProxy talks to its ClusterIP.";
    lbServicePort = port "Port of a LoadBalancer service: HAProxy talks to the nodes in settings.cluster.nodes.";
    maxExpectedPods = mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      description = "Number of pods there is room for; null sizes it by what DNS shows.";
    };
    sslBackend = mkOption {
      type = types.bool;
      default = false;
      description = "TLS to the servers; their certificates are not checked.";
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
