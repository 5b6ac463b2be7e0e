# Says in a package-lock.json where each package is: buildNpmPackage fetches only what has an address, and podfront's lockfile names
# no registry, so that it serves behind a mirror as well. A pure function of builtins only.
{
  # the parsed package-lock.json, version 3
  lockfile,
  # address of an npm registry, without slash at its end
  registry,
}:

let
  inherit (builtins) elemAt filter isString length mapAttrs match split;

  last = list: elemAt list (length list - 1);
  # "node_modules/a/node_modules/@b/c" is the package @b/c; an alias says its name itself.
  nameOf = path: package: package.name or (last (filter isString (split "node_modules/" path)));
  # @b/c has its file c-VERSION.tgz under @b/c/-/.
  fileOf = name: last (filter isString (split "/" name));

  located =
    path: package:
    if package ? integrity && !(package ? resolved) then
      let
        name = nameOf path package;
      in
      package // { resolved = "${registry}/${name}/-/${fileOf name}-${package.version}.tgz"; }
    else
      package;
in
assert match ".*/" registry == null;
lockfile // { packages = mapAttrs located lockfile.packages; }
