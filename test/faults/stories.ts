/**
 * Themes that are a story: a wish, those who act on it, and a fault at the worst moment.
 */
import { commandOf, rounded, type Theme } from "./draft";

/** Several at once want the same, and the first one's call takes its time or gets no answer. */
export const crowd: Theme = (draft) => {
    const { dice, scenes, deployment, events, faults } = draft;
    const fromMinute = dice.pick(scenes) + 0.2;
    const { maxShards } = deployment;
    const settings = dice.flip(0.5) ? { minShards: maxShards, maxShards } : { minShards: 1, maxShards: 1 };
    events.push({ atMinute: fromMinute, do: "deploy", settings });
    for (let run = dice.whole(2, 4); run > 0; run--)
        events.push({ atMinute: rounded(fromMinute + dice.between(0, 0.4)), do: "run" });
    if (dice.flip(0.3)) events.push({ ...commandOf(draft), atMinute: rounded(fromMinute + dice.between(0, 0.3)) });
    const kind = dice.pick(["slow", "late", "lost-after", "dies-after", "reset"] as const);
    const about = { service: "kinesis", operation: "UpdateShardCount" } as const;
    faults.push({ fromMinute, toMinute: fromMinute + 0.5, kind, share: dice.pick([0.5, 1]), ...about });
};

/** A proxy answers with a Date header of its own for a while, and then something is wanted. */
export const wrongTime: Theme = (draft) => {
    const { dice, scenes, deployment, events, faults } = draft;
    const fromMinute = dice.pick(scenes);
    const { maxShards } = deployment;
    const half = Math.ceil(maxShards / 2);
    const kind = dice.pick(["date-ahead", "date-behind", "no-date"] as const);
    faults.push({ fromMinute, toMinute: fromMinute + 2, kind, service: "kinesis", share: 1 });
    const wishes = [
        { afterMinutes: 0.5, settings: { minShards: half, maxShards: half } },
        { afterMinutes: 6, settings: { minShards: maxShards, maxShards } },
    ];
    for (const { afterMinutes, settings } of wishes) {
        const atMinute = rounded(fromMinute + afterMinutes);
        events.push({ atMinute, do: "deploy", settings }, { atMinute: atMinute + 0.5, do: "run" });
    }
};

/** For a quarter of an hour and more nothing comes of what the scaler asks for each minute. */
export const inVain: Theme = (draft) => {
    const { dice, scenes, deployment, events, faults } = draft;
    const fromMinute = dice.pick(scenes) + 0.5;
    const minutes = dice.pick([14, 25]);
    const { maxShards } = deployment;
    events.push({ atMinute: fromMinute, do: "deploy", settings: { minShards: maxShards, maxShards } });
    for (let minute = 1; minute < minutes; minute++) events.push({ atMinute: fromMinute + minute, do: "run" });
    if (dice.flip(0.4)) {
        events.push({ atMinute: fromMinute, do: "account-shards", shards: 1 });
        events.push({ atMinute: fromMinute + minutes, do: "account-shards", shards: 10_000 });
        return;
    }
    const kind = dice.pick(["throttled", "lost-before", "error-before", "denied"] as const);
    const about = { service: "kinesis", operation: "UpdateShardCount", share: 1 } as const;
    faults.push({ fromMinute, toMinute: fromMinute + minutes, kind, ...about });
};
