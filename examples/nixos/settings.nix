# What podfront's configuration holds by default on NixOS. A pure function of builtins only: it can be evaluated without nixpkgs.
#
#   nix-instantiate --eval --strict --json --expr 'import ./settings.nix { frontend.ingress.podPort = 443; }'
{
  # flyingcircus.kubernetes.frontend, or services.podfront.frontend: the same options
  frontend ? { },
  # services.kubernetes.apiserver.serviceClusterIpRange; several networks stand with commas between them
  serviceClusterIpRange ? null,
  # services.kubernetes.clusterCidr, which NixOS lets be null
  clusterCidr ? null,
  # services.kubernetes.addons.dns.clusterIp
  clusterDns ? null,
  # flyingcircus.roles.kubernetes.dashboardClusterIP
  dashboardClusterIP ? null,
}:

let
  inherit (builtins) attrNames concatStringsSep filter isString listToAttrs mapAttrs replaceStrings split;

  words = text: filter (word: isString word && word != "") (split "[ \n\t]+" text);
  networks = text: if text == null then [ ] else words (replaceStrings [ "," ] [ " " ] text);

  # Options of a server are one line for podfront; Nix's `lines` has one for each definition.
  listen = mapAttrs (
    _: options:
    options
    // (
      if options ? extraPodTemplateOptions then
        { extraPodTemplateOptions = concatStringsSep " " (words options.extraPodTemplateOptions); }
      else
        { }
    )
  ) frontend;

  # What is not given is left to podfront's own defaults, which are those of NixOS.
  given = set: listToAttrs (map (name: { inherit name; value = set.${name}; }) (filter (name: set.${name} != null && set.${name} != [ ]) (attrNames set)));
in
{
  cluster = given {
    serviceNetworks = networks serviceClusterIpRange;
    podNetworks = networks clusterCidr;
    nameservers = if clusterDns == null then [ ] else [ clusterDns ];
    inherit dashboardClusterIP;
  };
  inherit listen;
}
