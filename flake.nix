{
  description = "podfront keeps HAProxy on a Kubernetes frontend VM pointed at the right pods";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      forEach = nixpkgs.lib.genAttrs [ "x86_64-linux" "aarch64-linux" ];
    in
    {
      packages = forEach (system: rec {
        podfront = nixpkgs.legacyPackages.${system}.callPackage ./examples/nixos/package.nix { };
        default = podfront;
      });

      # services.podfront, with the package of this flake.
      nixosModules.default =
        { lib, pkgs, ... }:
        {
          imports = [ ./examples/nixos/module.nix ];
          services.podfront.package = lib.mkDefault self.packages.${pkgs.stdenv.hostPlatform.system}.podfront;
        };
    };
}
