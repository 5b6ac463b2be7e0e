# podfront as a Nix package, built from the sources: pkgs.callPackage ./package.nix { }
{
  lib,
  stdenv,
  nodejs,
  runCommand,
  cacert,
  # address of a mirror of npm's packages; null: the one that npm knows
  registry ? null,
  src ? ../..,
}:

let
  manifest = builtins.fromJSON (builtins.readFile "${toString src}/package.json");

  # Each package on its own, by npm and with the digest of package-lock.json: there is no hash to be filled in here.
  tarball =
    {
      name,
      version,
      integrity,
    }:
    runCommand "npm-${lib.replaceStrings [ "@" "/" ] [ "" "-" ] name}-${version}.tgz"
      {
        nativeBuildInputs = [ nodejs ];
        outputHash = integrity;
        outputHashMode = "flat";
        impureEnvVars = lib.fetchers.proxyImpureEnvVars;
        SSL_CERT_FILE = "${cacert}/etc/ssl/certs/ca-bundle.crt";
        preferLocalBuild = true;
      }
      ''
        export HOME=$TMPDIR
        npm pack --silent ${lib.optionalString (registry != null) "--registry=${lib.escapeShellArg registry}"} ${lib.escapeShellArg "${name}@${version}"}
        mv ./*.tgz $out
      '';

  lockfile = builtins.toJSON (
    import ./lockfile.nix {
      inherit tarball;
      lockfile = builtins.fromJSON (builtins.readFile "${toString src}/package-lock.json");
      cpu = if stdenv.hostPlatform.isAarch64 then "arm64" else "x64";
    }
  );
  left = [ ".git" "node_modules" "dist" "release" ];
in

# The packages that podfront is built with do not run on an older one.
assert lib.versionAtLeast nodejs.version "20.19";

stdenv.mkDerivation {
  pname = manifest.name;
  inherit (manifest) version;

  src = builtins.path {
    name = "podfront-source";
    path = src;
    filter = path: _: !(builtins.elem (baseNameOf path) left);
  };

  inherit lockfile;
  passAsFile = [ "lockfile" ];
  nativeBuildInputs = [ nodejs ];
  buildInputs = [ nodejs ];

  buildPhase = ''
    runHook preBuild
    export HOME=$TMPDIR
    cp "$lockfilePath" package-lock.json
    npm ci --offline --ignore-scripts --no-audit --no-fund
    npm run build
    runHook postBuild
  '';

  # dist/ needs templates/ and page/ beside it and no package: nothing of node_modules is installed.
  installPhase = ''
    runHook preInstall
    home=$out/lib/node_modules/podfront
    mkdir -p "$home" "$out/bin" "$out/share/man/man1"
    cp -r ${lib.concatStringsSep " " manifest.files} package.json LICENSE README.md "$home"
    ln -s "$home/dist/main.js" "$out/bin/podfront"
    cp man/podfront.1 "$out/share/man/man1"
    runHook postInstall
  '';

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
