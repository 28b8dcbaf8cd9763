/**
 * What can be set about the alarms of a stream, of those who read it, and of its scaler.
 */
import type * as pulumi from "@pulumi/pulumi";

/** One alarm that tells of silence: on unless told otherwise. */
export interface SilenceAlarmArgs {
    /** Whether the alarm exists. Default: true. */
    enabled?: boolean | undefined;
    /** Seconds of one data point, a multiple of 60. Times `evaluationPeriods` at most a day, or seven days in periods of an hour or more. Default: see the alarm. */
    periodSeconds?: pulumi.Input<number | undefined>;
    /** The last data points that count. Whole, at least 1. Default: see the alarm. */
    evaluationPeriods?: pulumi.Input<number | undefined>;
    /** How many of those must breach. Whole, at least 1, at most `evaluationPeriods`. Default: all of them; of `functionFailing`, without `evaluationPeriods`, 3. */
    datapointsToAlarm?: pulumi.Input<number | undefined>;
}

/** One alarm: on with its defaults unless told otherwise. */
export interface AlarmArgs extends SilenceAlarmArgs {
    /** From what on it speaks, in the alarm's own unit. Default: see the alarm. */
    threshold?: pulumi.Input<number | undefined>;
    /**
     * What a period without a data point is: `missing`, `ignore`, `notBreaching` or `breaching`. The alarms on a consumer's lag take `ignore`
     * alone beside the ones on its silence, which go by them. Default: see the alarm.
     */
    treatMissingData?: pulumi.Input<string | undefined>;
}

/** The alarms on the scaler itself. Each can be set or switched off. */
export interface ScalerAlarmsArgs {
    /** Runs of the scaler fail, in one period of 5 minutes. Threshold in failed runs in one period. Default: 0. */
    scalerFailing?: AlarmArgs | undefined;
    /** The scaler does not run, or not far enough to see the stream, in periods of 5 minutes. Threshold in hours of silence, 1 to 24. Default: 1. */
    scalerSilent?: AlarmArgs | undefined;
}

/** The alarms of a stream and of its scaler. Each exists where what it compares with is known, and can be set or switched off. */
export interface AlarmsArgs extends ScalerAlarmsArgs {
    /** More records come in than declared, in 2 periods of 5 minutes. Threshold in records per second. Default: `requirements.recordsPerSecond`, or 99 % of what the shards accept if that is less and no scaler opens more. */
    highIncomingRecords?: AlarmArgs | undefined;
    /** Records are refused because a shard is full, in 2 periods of 5 minutes. Threshold in refused records in one period. Default: 0. */
    writeThrottling?: AlarmArgs | undefined;
    /** GetRecords calls are refused, in 2 periods of 5 minutes. Threshold in refused calls in one period. Default: 0. */
    readThrottling?: AlarmArgs | undefined;
    /** The slowest shared consumer is about to lose records, in 2 periods of 5 minutes. Threshold in seconds. Default: half of the retention time. */
    iteratorAge?: AlarmArgs | undefined;
    /** Records come in, somebody has read them with GetRecords, and now nobody does, in 2 periods of 10 minutes. Default: on where `iteratorAge` is. */
    consumerSilent?: SilenceAlarmArgs | undefined;
    /** The open shards fill up, by bytes or by records, in 3 minutes. Threshold in percent, 1 to 100. Default: 80. */
    writeUtilization?: AlarmArgs | undefined;
    /** One shard nears its own limit, in 5 minutes; needs shard-level metrics. Threshold in percent of that limit, 1 to 100. Default: 80. */
    hotShard?: AlarmArgs | undefined;
    /** A fan-out consumer is about to lose records, in 2 periods of 5 minutes. Threshold in seconds. Default: half of the retention time. */
    fanOutLag?: AlarmArgs | undefined;
    /** Records come in, a fan-out consumer has read them, and now it is sent none, in 2 periods of 10 minutes. Default: on where `fanOutLag` is. */
    fanOutSilent?: SilenceAlarmArgs | undefined;
}

/** The alarms of a function that reads a stream. Each can be set or switched off. */
export interface FunctionAlarmsArgs {
    /** The function is about to lose records, in 2 periods of 5 minutes. Threshold in seconds. Default: half of the time after which a record is given up, or forgotten by the stream. */
    functionBehind?: AlarmArgs | undefined;
    /** Records come in and the function is not invoked, in 2 periods of 10 minutes. Default: on. */
    functionSilent?: SilenceAlarmArgs | undefined;
    /** The function fails, in 3 periods of 5 minutes, which its timeout may set apart. Threshold in failed invocations in one period. Default: 0. */
    functionFailing?: AlarmArgs | undefined;
    /** Lambda refuses to invoke the function, in 3 periods of 5 minutes. Threshold in refused invocations in one period. Default: 0. */
    functionThrottled?: AlarmArgs | undefined;
    /** The queue of what was given up is not empty, in one minute. Threshold in messages. Default: 0. */
    recordsGivenUp?: AlarmArgs | undefined;
}

/** What can be set about any alarm. */
export type AnyAlarmsArgs = AlarmsArgs & FunctionAlarmsArgs;

/** What was set about some of the alarms; undefined if nothing was. */
export function alarmsOf<Name extends keyof AlarmsArgs>(
    names: readonly Name[],
    alarms: AlarmsArgs | undefined,
): Pick<AlarmsArgs, Name> | undefined {
    const set = names.filter((name) => alarms?.[name] !== undefined);
    return set.length === 0
        ? undefined
        : (Object.fromEntries(set.map((name) => [name, alarms?.[name]])) as Pick<AlarmsArgs, Name>);
}
