/**
 * What can be set on a stream: retention, encryption, enhanced monitoring, mode, record size. It is UPDATING for a moment.
 */
import { limits } from "../../capacity/limits";
import { type ShardLevelMetricName, shardLevelMetricNames } from "../../capacity/metrics";
import { integer, listOf, oneOf, required, structure, text } from "../wire/shape";
import { checkOnDemandQuota } from "./account";
import { invalidArgument, limitExceeded, under } from "./errors";
import { streamArn } from "./shapes";
import { type Account, change, keepLastDay, onActiveStream, type Stream } from "./state";
import { checkWarmThroughput, warm, warmThroughput } from "./warm";

/** AWS lets a stream change its mode twice in 24 hours. */
const modeChangesPer24HoursMax = 2;

/** Shapes that CreateStream takes, too. */
export const streamMode = structure({ StreamMode: required(oneOf("PROVISIONED", "ON_DEMAND")) });
export const maxRecordSize = integer(limits.recordKiBDefaultMax, limits.recordKiBMax);

const retention = { RetentionPeriodHours: required(integer()) };
const encryption = { EncryptionType: required(oneOf("NONE", "KMS")), KeyId: required(text(1, 2_048)) };
const monitoring = { ShardLevelMetrics: required(listOf(oneOf(...shardLevelMetricNames, "ALL"), 1, 7)) };

export const increaseRetention = onActiveStream(retention, (stream, { RetentionPeriodHours: hours }, account, nowMs) =>
    setRetention(account, stream, hours, nowMs, hours < stream.retentionHours && ["shorter", "Decrease"]),
);

export const decreaseRetention = onActiveStream(retention, (stream, { RetentionPeriodHours: hours }, account, nowMs) =>
    setRetention(account, stream, hours, nowMs, hours > stream.retentionHours && ["longer", "Increase"]),
);

/** @param wrongWay how the asked period differs from the existing one, and the call that is meant */
function setRetention(
    account: Account,
    stream: Stream,
    hours: number,
    nowMs: number,
    wrongWay: false | readonly [string, string],
): void {
    const { retentionHoursDefault: least, retentionHoursMax: most } = limits;
    const requested = `Requested retention period (${hours} hours)`;
    if (hours < least)
        throw invalidArgument(`Minimum allowed retention period is ${least} hours. ${requested} is too short.`);
    if (hours > most)
        throw invalidArgument(`Maximum allowed retention period is ${most} hours. ${requested} is too long.`);
    if (wrongWay) {
        const [differs, meant] = wrongWay;
        throw invalidArgument(
            `${requested} for stream ${stream.name} can not be ${differs} than existing retention period ` +
                `(${stream.retentionHours} hours). Use ${meant}RetentionPeriod API.`,
        );
    }
    set(account, stream, { retentionHours: hours }, nowMs);
}

export const startEncryption = onActiveStream(encryption, (stream, { EncryptionType, KeyId }, account, nowMs) => {
    if (EncryptionType !== "KMS") throw invalidArgument("EncryptionType must be KMS to start encryption.");
    set(account, stream, { encryptionKeyId: KeyId }, nowMs);
});

export const stopEncryption = onActiveStream(encryption, (stream, _input, account, nowMs) =>
    set(account, stream, { encryptionKeyId: undefined }, nowMs),
);

export const enableMonitoring = switchMonitoring((current, asked) => [...current, ...asked]);
export const disableMonitoring = switchMonitoring((current, asked) => current.filter((name) => !asked.includes(name)));

type MetricNames = readonly ShardLevelMetricName[];

function switchMonitoring(combine: (current: MetricNames, asked: MetricNames) => MetricNames) {
    return onActiveStream(monitoring, (stream, input, account, nowMs) => {
        const asked = input.ShardLevelMetrics.flatMap((name) => (name === "ALL" ? shardLevelMetricNames : [name]));
        const current = metricNames(stream.shardLevelMetrics);
        const desired = new Set(combine(current, asked));
        set(account, stream, { shardLevelMetrics: desired }, nowMs);
        return {
            StreamName: stream.name,
            CurrentShardLevelMetrics: current,
            DesiredShardLevelMetrics: metricNames(desired),
            StreamARN: stream.arn,
        };
    });
}

export const metricNames = (names: ReadonlySet<ShardLevelMetricName>): ShardLevelMetricName[] =>
    shardLevelMetricNames.filter((name) => names.has(name));

export const updateStreamMode = onActiveStream(
    { StreamARN: required(streamArn), StreamModeDetails: required(streamMode), WarmThroughputMiBps: warmThroughput },
    (stream, { StreamModeDetails: { StreamMode: mode }, WarmThroughputMiBps: warmMiBps }, account, nowMs) => {
        checkWarmThroughput(account, stream.name, mode, warmMiBps, nowMs);
        const changes = stream.modeChangesMs;
        keepLastDay(changes, nowMs);
        if (mode !== stream.mode && changes.length >= modeChangesPer24HoursMax) {
            throw limitExceeded(
                `Stream ${under(account, stream.name)} has changed its mode ${modeChangesPer24HoursMax} times in the last 24 hours.`,
            );
        }
        if (mode === "ON_DEMAND" && stream.mode !== mode) checkOnDemandQuota(account);
        if (mode !== stream.mode) changes.push(nowMs);
        if (warmMiBps !== undefined) return warm(account, stream, warmMiBps, nowMs);
        set(account, stream, { mode, ...(mode === "PROVISIONED" && { warmThroughputMiBps: undefined }) }, nowMs);
    },
);

export const updateMaxRecordSize = onActiveStream(
    { MaxRecordSizeInKiB: required(maxRecordSize) },
    (stream, input, account, nowMs) => set(account, stream, { maxRecordKiB: input.MaxRecordSizeInKiB }, nowMs),
);

/** Settings that are there once the change is over. */
function set(account: Account, stream: Stream, settings: Partial<Stream>, nowMs: number): void {
    change(stream, "UPDATING", nowMs, account.settings.durations.changeSeconds, () => Object.assign(stream, settings));
}
