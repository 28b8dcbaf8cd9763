/**
 * What can be set on a stream: retention, encryption, enhanced monitoring, mode, record size. It is UPDATING for a moment.
 */
import { limits } from "../../capacity/limits";
import { type ShardLevelMetricName, shardLevelMetricNames } from "../../capacity/metrics";
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import { type InputOf, integer, listOf, oneOf, required, structure, text } from "../wire/shape";
import { streamArn, streamNames } from "./shapes";
import { type Account, activeStreamOf, change, keepLastDay, type Stream } from "./state";

/** AWS lets a stream change its mode twice in 24 hours. */
const modeChangesPer24HoursMax = 2;

/** Shapes that CreateStream takes, too. */
export const streamMode = structure({ StreamMode: required(oneOf("PROVISIONED", "ON_DEMAND")) });
export const maxRecordSize = integer(limits.recordKiBDefaultMax, limits.recordKiBMax);

const retention = { ...streamNames, RetentionPeriodHours: required(integer()) } as const;
const encryption = {
    ...streamNames,
    EncryptionType: required(oneOf("NONE", "KMS")),
    KeyId: required(text(1, 2_048)),
} as const;
const monitoring = {
    ...streamNames,
    ShardLevelMetrics: required(listOf(oneOf(...shardLevelMetricNames, "ALL"), 1, 7)),
} as const;

export const increaseRetention = operation(retention, (account: Account, input, nowMs) =>
    setRetention(account, input, nowMs, (stream, hours) =>
        hours >= stream.retentionHours
            ? undefined
            : `can not be shorter than existing retention period (${stream.retentionHours} hours). Use DecreaseRetentionPeriod API.`,
    ),
);

export const decreaseRetention = operation(retention, (account: Account, input, nowMs) =>
    setRetention(account, input, nowMs, (stream, hours) =>
        hours <= stream.retentionHours
            ? undefined
            : `can not be longer than existing retention period (${stream.retentionHours} hours). Use IncreaseRetentionPeriod API.`,
    ),
);

function setRetention(
    account: Account,
    input: InputOf<typeof retention>,
    nowMs: number,
    wrongWay: (stream: Stream, hours: number) => string | undefined,
): void {
    const stream = activeStreamOf(account, input);
    const hours = input.RetentionPeriodHours;
    const { retentionHoursDefault: least, retentionHoursMax: most } = limits;
    const refuse = (sentence: string) => new AwsError("InvalidArgumentException", sentence);
    if (hours < least) {
        throw refuse(
            `Minimum allowed retention period is ${least} hours. Requested retention period (${hours} hours) is too short.`,
        );
    }
    if (hours > most) {
        throw refuse(
            `Maximum allowed retention period is ${most} hours. Requested retention period (${hours} hours) is too long.`,
        );
    }
    const problem = wrongWay(stream, hours);
    if (problem !== undefined)
        throw refuse(`Requested retention period (${hours} hours) for stream ${stream.name} ${problem}`);

    set(account, stream, { retentionHours: hours }, nowMs);
}

export const startEncryption = operation(encryption, (account: Account, input, nowMs) => {
    const stream = activeStreamOf(account, input);
    if (input.EncryptionType !== "KMS")
        throw new AwsError("InvalidArgumentException", "EncryptionType must be KMS to start encryption.");

    set(account, stream, { encryptionKeyId: input.KeyId }, nowMs);
});

export const stopEncryption = operation(encryption, (account: Account, input, nowMs) =>
    set(account, activeStreamOf(account, input), { encryptionKeyId: undefined }, nowMs),
);

export const enableMonitoring = operation(monitoring, (account: Account, input, nowMs) =>
    setMonitoring(account, input, nowMs, (current, asked) => new Set([...current, ...asked])),
);

export const disableMonitoring = operation(monitoring, (account: Account, input, nowMs) =>
    setMonitoring(account, input, nowMs, (current, asked) => {
        const off = new Set(asked);
        return new Set([...current].filter((name) => !off.has(name)));
    }),
);

function setMonitoring(
    account: Account,
    input: InputOf<typeof monitoring>,
    nowMs: number,
    combine: (
        current: ReadonlySet<ShardLevelMetricName>,
        asked: readonly ShardLevelMetricName[],
    ) => Set<ShardLevelMetricName>,
): object {
    const stream = activeStreamOf(account, input);
    const asked = input.ShardLevelMetrics.flatMap((name) => (name === "ALL" ? shardLevelMetricNames : [name]));
    const desired = combine(stream.shardLevelMetrics, asked);
    const current = metricNames(stream.shardLevelMetrics);
    set(account, stream, { shardLevelMetrics: desired }, nowMs);
    return {
        StreamName: stream.name,
        CurrentShardLevelMetrics: current,
        DesiredShardLevelMetrics: metricNames(desired),
        StreamARN: stream.arn,
    };
}

export const metricNames = (names: ReadonlySet<ShardLevelMetricName>): ShardLevelMetricName[] =>
    shardLevelMetricNames.filter((name) => names.has(name));

export const updateStreamMode = operation(
    { StreamARN: required(streamArn), StreamModeDetails: required(streamMode) },
    (account: Account, input, nowMs) => {
        const stream = activeStreamOf(account, input);
        const mode = input.StreamModeDetails.StreamMode;
        const changes = stream.modeChangesMs;
        keepLastDay(changes, nowMs);
        if (mode !== stream.mode && changes.length >= modeChangesPer24HoursMax) {
            throw new AwsError(
                "LimitExceededException",
                `Stream ${stream.name} under account ${account.ambient.accountId} has changed its mode ` +
                    `${modeChangesPer24HoursMax} times in the last 24 hours.`,
            );
        }
        if (mode !== stream.mode) changes.push(nowMs);
        set(account, stream, { mode }, nowMs);
    },
);

export const updateMaxRecordSize = operation(
    { StreamARN: streamArn, MaxRecordSizeInKiB: required(maxRecordSize) },
    (account: Account, input, nowMs) =>
        set(account, activeStreamOf(account, input), { maxRecordKiB: input.MaxRecordSizeInKiB }, nowMs),
);

/** Settings that are there once the change is over. */
function set(account: Account, stream: Stream, settings: Partial<Stream>, nowMs: number): void {
    change(stream, "UPDATING", nowMs, account.settings.durations.changeSeconds, () => Object.assign(stream, settings));
}
