# podfront as a Nix package. See README.md beside this file for npmDepsHash.
#
#   pkgs.callPackage ./package.nix {
#     registry = "...";                # the npm registry (or mirror) to fetch from, without slash at its end
#     npmDepsHash = "sha256-...";
#   }
{
  lib,
  buildNpmPackage,
  nodejs,
  registry,
  npmDepsHash ? lib.fakeHash,
  src ? ../..,
}:

let
  manifest = builtins.fromJSON (builtins.readFile "${toString src}/package.json");
  lockfile = builtins.toFile "package-lock.json" (
    builtins.toJSON (
      import ./lockfile.nix {
        inherit registry;
        lockfile = builtins.fromJSON (builtins.readFile "${toString src}/package-lock.json");
      }
    )
  );
  left = [ ".git" "node_modules" "dist" ];
in

# The packages that podfront is built with do not run on an older one.
assert lib.versionAtLeast nodejs.version "20.19";

buildNpmPackage {
  pname = manifest.name;
  inherit (manifest) version;
  inherit nodejs npmDepsHash;

  src = builtins.path {
    name = "podfront-source";
    path = src;
    filter = path: _: !(builtins.elem (baseNameOf path) left);
  };

  # Also seen by what fetches the packages, which compares the two.
  postPatch = "cp ${lockfile} package-lock.json";

  # `npm run build` makes dist/, which needs templates/ beside it and no package: nothing of node_modules is installed.
  npmBuildScript = "build";
  npmPackFlags = [ "--ignore-scripts" ];

  doInstallCheck = true;
  installCheckPhase = ''
    $out/bin/podfront --config examples/ingress-443/podfront.yaml render --offline --no-validate --haproxy-version 2.6 > /dev/null
  '';

  meta = {
    inherit (manifest) description;
    license = lib.licenses.mit;
    mainProgram = "podfront";
    platforms = lib.platforms.linux;
  };
}
