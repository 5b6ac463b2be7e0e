# Just enough of nixpkgs' lib to evaluate examples/nixos/network-check.nix without nixpkgs. `host` is the configuration
# around the module; the result is the configuration it makes.
{ module, host, newRelease }:
let
  lib = {
    attrByPath = path: default: set:
      if path == [ ] then set
      else if builtins.hasAttr (builtins.head path) set then lib.attrByPath (builtins.tail path) default set.${builtins.head path}
      else default;
    filter = builtins.filter;
    replaceStrings = builtins.replaceStrings;
    splitString = separator: text: builtins.filter builtins.isString (builtins.split separator text);
    optionalString = condition: text: if condition then text else "";
    escapeShellArg = text: "'" + builtins.replaceStrings [ "'" ] [ "'\\''" ] text + "'";
    escapeShellArgs = words: builtins.concatStringsSep " " (map lib.escapeShellArg words);
    mkEnableOption = what: { default = false; };
    mkOption = option: option;
    mkIf = condition: content: if condition then content else { };
    types = { str = null; attrsOf = type: null; listOf = type: null; };
  };
  result = import module {
    inherit lib;
    # The test writes the file; evaluation alone does not touch the store.
    pkgs.writeText = name: text: "<<<${text}>>>";
    options.system = if newRelease then { preSwitchChecks = null; } else { };
    config = host // { services = host.services // { podfront.networkCheck = defaults // host.services.podfront.networkCheck; }; };
  };
  defaults = builtins.mapAttrs (name: option: option.default or null) result.options.services.podfront.networkCheck;
in
result.config
