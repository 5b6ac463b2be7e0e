# Says in a package-lock.json where each package is on this machine, for a build without a network. A pure function of builtins only.
{
  # the parsed package-lock.json, version 3
  lockfile,
  # a function of {name, version, integrity}: the path of the package's tarball
  tarball,
  # the processor, as Node names it: x64, arm64
  cpu,
}:

let
  inherit (builtins) elem elemAt filter isString length mapAttrs split;

  last = list: elemAt list (length list - 1);
  # "node_modules/a/node_modules/@b/c" is the package @b/c; an alias says its name itself.
  nameOf = path: package: package.name or (last (filter isString (split "node_modules/" path)));

  # npm leaves out what is for other machines, and so it is not fetched.
  isFor = values: value: values == null || elem value values;
  isForUs = package: isFor (package.os or null) "linux" && isFor (package.cpu or null) cpu && isFor (package.libc or null) "glibc";

  located =
    path: package:
    if package ? integrity && isForUs package then
      package
      // {
        resolved = "file:${
          tarball {
            name = nameOf path package;
            inherit (package) version integrity;
          }
        }";
      }
    else
      package;
in
lockfile // { packages = mapAttrs located lockfile.packages; }
