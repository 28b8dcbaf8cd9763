/**
 * Plays the policies against a load, one after another.
 */
import {
    type PeerPolicy,
    replaying,
    type ReplayModel,
    type ReplayOutcome,
    type ReplayPolicy,
    scalerPolicy,
} from "../../capacity/replay/replay";
import { fewestShards } from "../../capacity/replay/lost";
import { publishedScalers } from "../../capacity/replay/peers";
import { doubleHalvePolicy, staticPolicy, targetTrackingPolicy } from "../../capacity/replay/rules";
import { type ScalingMode, scalingModes, type ScalingSettings } from "../../capacity/scaling/observation";
import { formatNumber, formatPercent } from "../../capacity/text";
import { type CommandContext } from "../command";
import { inSteps } from "../inSteps";

export type PlayedKind = "static" | "scaled" | "peer";

/** A policy with what it did. */
export interface Played {
    readonly name: string;
    readonly kind: PlayedKind;
    /** Of the scaler itself. */
    readonly mode?: ScalingMode;
    /** Where a published scaler, or a rule, is from. */
    readonly source?: string;
    readonly outcome: ReplayOutcome;
}

export interface PlayInput {
    readonly perSecond: Float64Array;
    readonly settings: ScalingSettings;
    readonly staticShards: number;
    readonly model: ReplayModel;
    readonly compare: boolean;
}

type Contestant = Omit<Played, "outcome"> & { readonly policy: ReplayPolicy; readonly startShards?: number };

/** The scaler first, then the static sizes, then the others. */
export async function playAll(input: PlayInput, context: CommandContext): Promise<Played[]> {
    const contestants = contestantsOf(input);
    const own = await play(contestants[0]!, input, context, `1 of ${contestants.length + 1}`);
    const all = [...contestants.slice(1, 2), ...inHindsight(input, own.outcome), ...contestants.slice(2)];
    const played = [own];
    for (const contestant of all)
        played.push(await play(contestant, input, context, `${played.length + 1} of ${all.length + 1}`));
    return played;
}

function contestantsOf({ settings, staticShards, compare }: PlayInput): Contestant[] {
    const scaler = (mode: ScalingMode): Contestant => ({
        name: mode,
        kind: "scaled",
        mode,
        policy: scalerPolicy({ ...settings, mode }),
    });
    const declared: Contestant = {
        name: `static at ${formatNumber(staticShards)}`,
        kind: "static",
        source: "the declared peak with its headroom",
        policy: staticPolicy(),
        startShards: staticShards,
    };
    if (!compare) return [scaler(settings.mode), declared];
    const others = scalingModes.filter((mode) => mode !== settings.mode);
    return [scaler(settings.mode), declared, ...others.map(scaler), ...peersOf(settings)];
}

/** The fewest shards that refuse as little as the scaler, and as little as is asked for; one of them where they are the same. */
function inHindsight({ perSecond, settings, model }: PlayInput, own: ReplayOutcome): Contestant[] {
    const load = { seconds: perSecond, retrySeconds: model.retrySeconds };
    const asLittle = fewestShards(load, own.lost);
    const allowed = fewestShards(load, own.offered * settings.refusedShareSlo);
    const sized = (shards: number, told: string): Contestant => ({
        name: `static at ${formatNumber(shards)} (hindsight)`,
        kind: "static",
        source: `the fewest shards that ${told}: nobody knows them in advance`,
        policy: staticPolicy(),
        startShards: shards,
    });
    const percent = formatPercent(settings.refusedShareSlo, 3);
    return [
        sized(asLittle, "refuse no more than the scaler"),
        ...(allowed === asLittle ? [] : [sized(allowed, `keep within the ${percent} that may be refused`)]),
    ];
}

/** The rules that teams write for themselves, and what others have published, with their own defaults. */
function peersOf({ minShards, maxShards }: ScalingSettings): Contestant[] {
    const bounds = { minShards, maxShards };
    const tracking = { ...bounds, target: 0.7, lookBackMinutes: 60, callsKept: 3 };
    const rules: readonly PeerPolicy[] = [
        {
            ...doubleHalvePolicy(bounds),
            source: "the usual script: above 80 % twice as many, below 30 % half, every 5 minutes",
        },
        {
            ...targetTrackingPolicy(tracking),
            source: "target tracking: 70 % in use, in by the peak of the last hour, 3 calls kept for out",
        },
    ];
    return [...rules, ...publishedScalers(bounds)].map((policy: PeerPolicy) => ({
        name: policy.name,
        kind: "peer",
        policy,
        ...(policy.source !== undefined && { source: policy.source }),
    }));
}

async function play(
    { policy, startShards, ...told }: Contestant,
    { perSecond, model }: PlayInput,
    { progress, signal }: CommandContext,
    which: string,
): Promise<Played> {
    const start = startShards ?? model.startShards;
    const days = (second: number) => formatNumber(second / 86_400, 1);
    const outcome = await inSteps(
        replaying(perSecond, policy, { ...model, startShards: start }),
        (second) =>
            progress.update(`${told.name} (${which}): ${days(second)} of ${days(perSecond.length)} days played`),
        signal,
        "interrupted before the trace was played to its end.",
    );
    return { ...told, outcome };
}
