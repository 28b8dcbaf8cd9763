/**
 * Makes up schedules: a stream, its scaler and its people on a night on which several kinds of things go wrong at the same time.
 */
import { type Draft, rounded, sceneMinutes, type Theme } from "./draft";
import { Dice } from "./random";
import { type Deployment, type StreamSchedule } from "./schedule";
import { restless, themes } from "./themes";

export function streamSchedule(seed: number, index: number): StreamSchedule {
    const dice = new Dice(seed, `schedule ${index}`);
    // Dice of its own: what they decide leaves the rest of the night as it was.
    const planned = new Dice(seed, `plan ${index}`);
    const plans = planned.flip(0.4);
    const maxShards = dice.pick([4, 8, 12, 16, 24, 32]);
    const minShards = dice.whole(1, Math.ceil(maxShards / 3));
    const deployment: Deployment = {
        minShards,
        maxShards,
        peakShards: maxShards / dice.pick([1, 1.5, 2, 4]),
        maxReshardsPerDay: dice.pick([0, 3, 48]),
        mode: plans ? "predictive" : "reactive",
        paused: false,
        dryRun: false,
    };
    const isLong = dice.flip(0.3);
    const scenes = isLong ? longScenes(dice) : shortScenes(dice);
    const shards = dice.whole(minShards, maxShards);
    const draft: Draft = { dice, deployment, shards, scenes, events: [], faults: [] };
    for (const add of chosenThemes(dice, isLong)) add(draft);
    const cadence = scenes.flatMap((fromMinute) => [
        { fromMinute, everyMinutes: dice.pick([1, 2]) },
        { fromMinute: fromMinute + sceneMinutes, everyMinutes: dice.pick([60, 120, 1_440]) },
    ]);
    return {
        arena: "stream",
        seed: Math.floor(dice.next() * 2 ** 31),
        shards,
        splits: dice.flip(0.2) ? dice.whole(1, Math.max(1, Math.floor(maxShards / 4))) : 0,
        ...past(dice, plans ? planned : undefined),
        ledger: dice.flip(0.08) ? "none" : dice.flip(0.3) ? "shared" : "own",
        deployment,
        accountShards: 10_000,
        updateSeconds: dice.pick([15, 30, 60, 180]),
        metricsLateSeconds: dice.pick([30, 60, 120]),
        shardsPerPage: dice.pick([10_000, 10_000, 3]),
        load: loads(draft, isLong && dice.flip(0.85)),
        cadence,
        events: draft.events.sort((left, right) => left.atMinute - right.atMinute),
        faults: draft.faults,
        quietFromMinute: quietFrom(draft),
    };
}

/** How much is known of the days before: of two weeks a scaler that plans makes more than of an hour. */
function past(dice: Dice, planned: Dice | undefined): Pick<StreamSchedule, "historyMinutes" | "isDaily"> {
    const historyMinutes = dice.flip(0.03) ? 1_500 : dice.pick([5, 30, 130, 130, 400]);
    if (planned === undefined || planned.flip(0.4)) return { historyMinutes };
    return {
        historyMinutes: planned.pick([1_500, 1_500, 1_500, 4_400, 4_400, 4_400, 20_200]),
        isDaily: planned.flip(0.7),
    };
}

/** When all of it is over. */
function quietFrom({ scenes, events, faults }: Draft): number {
    const ends = [...events.map(({ atMinute }) => atMinute), ...faults.map(({ toMinute }) => toMinute)];
    return Math.ceil(Math.max(...scenes.map((minute) => minute + sceneMinutes), ...ends));
}

/** An hour or two. */
function shortScenes(dice: Dice): number[] {
    const scenes = [0];
    for (let scene = dice.whole(2, 7); scene > 0; scene--)
        scenes.push(scenes.at(-1)! + sceneMinutes + dice.whole(1, 20));
    return scenes;
}

/** A day and more: calls come back after 24 hours. */
function longScenes(dice: Dice): number[] {
    const scenes = [0];
    for (let scene = dice.whole(7, 11); scene > 0; scene--)
        scenes.push(scenes.at(-1)! + sceneMinutes + (dice.flip(0.3) ? dice.whole(60, 600) : dice.whole(5, 60)));
    // The first calls come back about now.
    if (dice.flip(0.5))
        for (const minutes of [1_430, 1_439, 1_446]) if (minutes > scenes.at(-1)! + 6) scenes.push(minutes);
    return scenes;
}

/** Producers that never sleep, or that write around the scenes only. */
function loads({ dice, scenes, deployment }: Draft, sleep: boolean): { fromMinute: number; shards: number }[] {
    const steps = scenes.flatMap((minute, at) => {
        if (minute > 0 && !sleep && dice.flip(0.5)) return [];
        const shards = rounded(deployment.maxShards * dice.pick([0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 1, 1.3]));
        const fromMinute = Math.max(0, minute - dice.whole(1, 4));
        const isLast = at === scenes.length - 1;
        return [
            { fromMinute, shards },
            ...(sleep && !isLast ? [{ fromMinute: minute + sceneMinutes, shards: 0 }] : []),
        ];
    });
    return steps.sort((left, right) => left.fromMinute - right.fromMinute);
}

function chosenThemes(dice: Dice, isLong: boolean): Theme[] {
    // A long night in which nobody asks for anything spends no calls.
    return [...dice.list(dice.whole(1, 5), () => dice.pick(themes)), ...(isLong && dice.flip(0.8) ? [restless] : [])];
}
