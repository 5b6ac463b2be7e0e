# The options of NixOS for what a JSON schema describes: types, and descriptions with podfront's own defaults. Every option that may be left
# out is null then, and podfront takes null for that. Of JSON Schema it knows what podfront.schema.json uses, and throws at the rest.
{ lib }:

let
  inherit (lib) mkOption optionalAttrs types;
  inherit (builtins) concatMap elem filter isList length mapAttrs toJSON;

  # Of `anyOf`, and of a list of types, each on its own.
  alternatives =
    schema:
    if schema ? anyOf then
      concatMap alternatives schema.anyOf
    else if isList (schema.type or null) then
      map (type: schema // { inherit type; }) schema.type
    else
      [ schema ];
  isNull = schema: (schema.type or null) == "null";

  typeOf =
    schema:
    let
      all = alternatives schema;
      some = filter (one: !(isNull one)) all;
      one = types.oneOf (map plain some);
    in
    if length some < length all then types.nullOr one else one;

  plain =
    schema:
    if schema ? enum then
      types.enum schema.enum
    else if schema ? const then
      types.enum [ schema.const ]
    else if schema ? properties then
      types.submodule { options = optionsOf schema; }
    else if schema ? pattern then
      types.strMatching schema.pattern
    else
      {
        string = types.str;
        boolean = types.bool;
        number = types.oneOf [ types.int types.float ];
        integer = types.ints.between (schema.minimum or 0) (schema.maximum or 2147483647);
        array = types.listOf (typeOf schema.items);
        object = types.attrsOf (typeOf schema.additionalProperties);
      }.${schema.type};

  optionOf =
    schema:
    mkOption (
      {
        type = typeOf schema;
        description = (schema.description or "") + (if schema ? default then " podfront's default: `${toJSON schema.default}`." else "");
      }
      // optionalAttrs (elem true (map isNull (alternatives schema))) { default = null; }
    );

  optionsOf = schema: mapAttrs (_: optionOf) schema.properties;
in
optionsOf
