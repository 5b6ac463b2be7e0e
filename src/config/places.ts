/** The paths of the configuration when neither `--config` nor `$PODFRONT_CONFIG` names one. In a file of its own, so that it can be used without loading zod and yaml. */
export const defaultConfigPaths = ['podfront.yaml', '/etc/podfront/podfront.yaml'] as const;
