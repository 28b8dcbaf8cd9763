/**
 * Lambda, as far as the scaler's function meets it: its environment, and its line of the log.
 */
import { streamArn, streamName } from "./kinesisStream";
import { type Deployment } from "./schedule";

export function environmentOf(deployment: Deployment, ledgerTable: string): Record<string, string> {
    const { minShards, maxShards, peakShards, maxReshardsPerDay, mode = "reactive", paused, dryRun } = deployment;
    return {
        STREAM_NAME: streamName,
        STREAM_ARN: streamArn,
        LEDGER_TABLE: ledgerTable,
        MIN_SHARDS: String(minShards),
        MAX_SHARDS: String(maxShards),
        PEAK_SHARDS: String(peakShards),
        MODE: mode,
        MAX_RESHARDS_PER_DAY: String(maxReshardsPerDay),
        PAUSED: String(paused),
        DRY_RUN: String(dryRun),
    };
}

/** What a line says, for the trace. */
export function said(line: string): string {
    if (!line.startsWith("{")) return line.trim();
    const { outcome, reason, message } = JSON.parse(line) as Record<string, string>;
    return `${outcome}${reason === undefined ? "" : `, ${reason}`}: ${message}`;
}
