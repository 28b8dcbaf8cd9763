/**
 * What one run of the scaler uses: the same constants that scaler/ is held to by its tests, priced by cost.ts.
 */
export const scalerCallsPerRun = {
    /** Metrics asked for in one GetMetricData call: accepted bytes, accepted records, refused records. */
    metricsRead: 3,
    ledgerReads: 1,
    ledgerWrites: 2,
    /** Memory times billed time: 256 MiB for about half a second. */
    lambdaGiBSeconds: 0.125,
    /** Log line, embedded metrics and Lambda's own report lines. */
    logBytes: 1_500,
    /** Custom metrics: OpenShards, TargetShards, UpdateCallsLeft. */
    metricsPublished: 3,
} as const;
