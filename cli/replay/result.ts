/**
 * What a replay found, and how it reads as one JSON document.
 */
import { type Advice } from "../../capacity/advice/advice";
import { minuteMs } from "../../capacity/calendar";
import { type ReplayedReshard, type ReplayModel } from "../../capacity/replay/replay";
import { type ScalingSettings } from "../../capacity/scaling/observation";
import { type PriceList } from "../../capacity/sizing/prices";
import { type Load } from "../trace/load";
import { type Trace } from "../trace/trace";
import { type Money, type OnDemand } from "./money";
import { type Played } from "./play";

export interface ReplayedPolicy extends Played {
    readonly money: Money;
}

export interface Replayed {
    readonly trace: Trace;
    readonly load: Load;
    readonly settings: ScalingSettings;
    readonly model: ReplayModel;
    readonly prices: PriceList;
    /** What has no price and is left out, in sentences. */
    readonly notPriced: readonly string[];
    /** The scaler in the mode that was asked for is the first. */
    readonly policies: readonly ReplayedPolicy[];
    readonly onDemand: readonly OnDemand[];
    /** Shard-hours of somebody who knows each minute in advance, never refuses a record and has no limits. */
    readonly oracleShardHours: number;
    readonly advice: Advice;
}

export function replayDocument(result: Replayed, html: string | undefined): object {
    const { trace, load, settings, model, prices, policies, onDemand, oracleShardHours, advice } = result;
    return {
        trace: {
            file: trace.name,
            column: trace.column,
            recordsColumn: trace.recordsColumn ?? null,
            timeColumn: trace.timeColumn ?? null,
            start: load.startMs === undefined ? null : new Date(trace.startMs!).toISOString(),
            rows: trace.at.length,
            periodSeconds: trace.periodSeconds,
            seconds: load.perSecond.length,
            gaps: trace.gaps.map(({ from, until }) => ({ fromSecond: from, seconds: until - from })),
            unit: load.unit,
            peakShards: load.peakShards,
            meanShards: load.meanShards,
            told: load.told,
        },
        settings,
        model: modelOf(model),
        pricesOf: { region: prices.region, date: prices.date },
        notPriced: result.notPriced,
        policies: policies.map((policy) => documentOf(policy, result)),
        onDemand,
        oracleShardHours,
        advice: advice.sentence,
        advised: { kind: advice.kind, choice: advice.choice, doNotScale: advice.doNotScale },
        decisions: policies[0]!.outcome.decisions.map((decision) => ({ ...decision, at: timeOf(result, decision) })),
        ...(html !== undefined && { html }),
    };
}

/** What the trace and the settings tell is not told again. */
function modelOf({ startMs: _, maxReshardsPerDay: __, ...model }: ReplayModel): object {
    return model;
}

function documentOf({ name, kind, source, outcome, money }: ReplayedPolicy, result: Replayed): object {
    const { shardHours, startedShardHours, rejectedPercent, updateCalls, splitsAndMerges } = outcome;
    return {
        name,
        kind,
        ...(source !== undefined && { source }),
        shardHours,
        startedShardHours,
        averageShards: shardHours / (result.load.perSecond.length / 3_600),
        timesOracle: shardHours / result.oracleShardHours,
        rejectedPercent,
        updateCalls,
        reshards: splitsAndMerges,
        mostReshardsPerDay: outcome.mostSplitsAndMergesPerDay,
        mostClosedShards: outcome.mostClosedShards,
        illegalCalls: outcome.illegalCalls,
        illegal: outcome.illegal,
        ...money,
    };
}

/** The clock time of a decision; null where the trace has none. */
function timeOf({ load }: Replayed, { minute }: ReplayedReshard): string | null {
    return load.startMs === undefined ? null : new Date(load.startMs + minute * minuteMs).toISOString();
}
