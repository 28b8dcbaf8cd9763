/**
 * What one quiet run of the scaler uses: the same constants that scaler/ is held to by its tests, priced by cost.ts.
 *
 * Almost every run is quiet: one look, one line. A run that reshards adds three ledger writes, and before scaling in one metric; with
 * ten updates and 48 splits a day that is a tenth of a cent a month, and left out.
 */
export const scalerCallsPerRun = {
    /** Metrics asked for in one GetMetricData call: accepted bytes, accepted records, refused records. */
    metricsRead: 3,
    ledgerReads: 1,
    ledgerWrites: 0,
    /** Memory times billed time: 256 MiB for about half a second. */
    lambdaGiBSeconds: 0.125,
    /** Log line, with its embedded metrics, and Lambda's own three lines. */
    logBytes: 1_500,
    /** Custom metrics: OpenShards, TargetShards, UpdateCallsLeft. */
    metricsPublished: 3,
} as const;
