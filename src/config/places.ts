/** Where a configuration is looked for when neither `--config` nor `$PODFRONT_CONFIG` names one. A file of its own: it is read before zod and yaml are loaded. */
export const defaultConfigPaths = ['podfront.yaml', '/etc/podfront/podfront.yaml'] as const;
