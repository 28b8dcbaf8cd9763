/**
 * What everything that belongs to a stream is called: each name is derived from the stream's, in one place for whoever makes it and
 * whoever looks for it. A changed name is a new resource in every stack that has the old one.
 */
import { createHash } from "node:crypto";

/** The alarms of one stream sort together. */
export function alarmName(streamName: string, suffix: string): string {
    return `${streamName}-${suffix}`;
}

/** A stream's name may have dots, a dashboard's may not. */
export function dashboardName(streamName: string): string {
    return `Kinesis-${streamName.replaceAll(".", "_")}`;
}

/** The function that scales the stream. */
export function scalerFunctionName(streamName: string): string {
    return fitted(`${streamName}-scaler`);
}

/** The log group that Lambda writes to: it follows from the function's name. */
export function logGroupName(functionName: string): string {
    return `/aws/lambda/${functionName}`;
}

/** The schedule that runs the scaler's function is called like it. */
export const scalerScheduleName = scalerFunctionName;

/** Roles are global, so the region is part of their names: the function's own role, and the one of its schedule. */
export function scalerRoleName(streamName: string, region: string, role: "scaler" | "schedule"): string {
    return fitted(`${streamName}-${region}-${role}`);
}

/** The table of a stream that has a ledger of its own. */
export function ledgerTableName(streamName: string): string {
    return `${streamName}-scaler-ledger`;
}

/** Names of functions and roles have at most 64 characters; a longer one keeps its start and gets a hash of the whole. */
const nameCharactersMax = 64;

function fitted(name: string): string {
    if (name.length <= nameCharactersMax) return name;
    const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
    return `${name.slice(0, nameCharactersMax - hash.length - 1)}-${hash}`;
}
