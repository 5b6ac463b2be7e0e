/** The paths of the configuration when neither `--config` nor `$PODFRONT_CONFIG` names one; apart, so that zod and yaml need not be loaded. */
export const defaultConfigPaths = ['podfront.yaml', '/etc/podfront/podfront.yaml'] as const;
