/**
 * Makes up schedules: a stream, its scaler and its people on a night on which several kinds of things go wrong at the same time.
 */
import { Dice } from "./random";
import {
    type Deployment,
    type FaultKind,
    type FaultWindow,
    type ScheduledEvent,
    type Service,
    type StreamSchedule,
} from "./schedule";

/** What a theme may add to. */
interface Draft {
    readonly dice: Dice;
    readonly deployment: Deployment;
    readonly shards: number;
    /** When something goes on: runs are close together there. */
    readonly scenes: readonly number[];
    readonly events: ScheduledEvent[];
    readonly faults: FaultWindow[];
}

/** Minutes of a scene. */
const sceneMinutes = 4;

export function streamSchedule(seed: number, index: number): StreamSchedule {
    const dice = new Dice(seed, `schedule ${index}`);
    const maxShards = dice.pick([4, 8, 12, 16, 24, 32]);
    const minShards = dice.whole(1, Math.ceil(maxShards / 3));
    const deployment: Deployment = {
        minShards,
        maxShards,
        peakShards: maxShards / dice.pick([1, 1.5, 2, 4]),
        maxReshardsPerDay: dice.pick([0, 3, 48]),
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
        historyMinutes: dice.flip(0.03) ? 1_500 : dice.pick([5, 30, 130, 130, 400]),
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

type Theme = (draft: Draft) => void;

function chosenThemes(dice: Dice, isLong: boolean): Theme[] {
    // A long night in which nobody asks for anything spends no calls.
    return [...dice.list(dice.whole(1, 5), () => dice.pick(themes)), ...(isLong && dice.flip(0.8) ? [restless] : [])];
}

/** At some moment of a scene. */
function moment({ dice, scenes }: Draft): number {
    return rounded(dice.pick(scenes) + dice.between(0, sceneMinutes));
}

/** A fault of some minutes, or of the whole night. */
function strike(draft: Draft, service: Service, kinds: readonly FaultKind[], about: Partial<FaultWindow> = {}): void {
    const { dice, scenes, faults } = draft;
    const fromMinute = moment(draft);
    const isLong = dice.flip(0.3);
    const toMinute = isLong ? Math.max(...scenes) + sceneMinutes : fromMinute + dice.pick([1, 5, 30]);
    const share = isLong ? dice.pick([0.02, 0.1, 0.3]) : dice.pick([0.1, 0.5, 1]);
    faults.push({ fromMinute, toMinute, kind: dice.pick(kinds), service, share, ...about });
}

const unanswered: readonly FaultKind[] = ["lost-before", "lost-after", "late", "reset", "error-before", "error-after"];
const moody: readonly FaultKind[] = [...unanswered, "throttled", "slow", "unreachable", "denied"];
const gone: readonly FaultKind[] = ["dies-before", "dies-after"];

const restless: Theme = (draft) => {
    const { dice, scenes, deployment } = draft;
    for (const scene of scenes) {
        if (!dice.flip(0.75)) continue;
        const { maxShards } = deployment;
        const settings = dice.flip(0.5)
            ? { minShards: dice.whole(Math.ceil(maxShards / 2), maxShards), maxShards }
            : { minShards: 1, maxShards: dice.whole(1, Math.ceil(maxShards / 2)) };
        draft.events.push({ atMinute: rounded(scene + dice.between(0, 2)), do: "deploy", settings });
    }
};

/** Several at once want the same, and the first one's call takes its time or gets no answer. */
const crowd: Theme = (draft) => {
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
const wrongTime: Theme = (draft) => {
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
const inVain: Theme = (draft) => {
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

const themes: readonly Theme[] = [
    inVain,
    wrongTime,
    restless,
    crowd,
    crowd,
    crowd,
    (draft) => strike(draft, "kinesis", unanswered, { operation: "UpdateShardCount" }),
    (draft) => strike(draft, "kinesis", [...moody, "stale", "truncated"]),
    (draft) => strike(draft, "kinesis", ["stale"], { share: 1 }),
    (draft) => strike(draft, "kinesis", gone, { operation: draft.dice.pick(["UpdateShardCount", "ListShards"]) }),
    (draft) => strike(draft, "dynamoDb", [...moody, "truncated"]),
    (draft) => strike(draft, "dynamoDb", gone),
    (draft) => strike(draft, "cloudWatch", [...moody, "truncated", ...gone]),
    (draft) => strike(draft, "cloudWatch", ["metrics-late", "metrics-gaps", "metrics-doubled", "metrics-zero"]),
    (draft) => strike(draft, "cloudWatch", ["metrics-failed", "metrics-partial"], { share: 1 }),
    (draft) => strike(draft, "kinesis", ["denied"], { operation: "ListTagsForStream", share: 1, who: "command" }),
    (draft) => {
        const date = draft.dice.pick(["no-date", "no-date", "date-ahead", "date-behind"] as const);
        strike(draft, "kinesis", [date], { operation: "DescribeStreamSummary" });
    },
    (draft) => {
        const { dice, events } = draft;
        const byMinutes = dice.pick([-60, 60]);
        events.push({ atMinute: moment(draft), do: "set-clock", byMinutes });
        events.push({ atMinute: moment(draft), do: "set-clock", byMinutes: dice.flip(0.5) ? byMinutes : -byMinutes });
    },
    (draft) => {
        const { dice, events } = draft;
        for (let run = dice.whole(1, 6); run > 0; run--) {
            const atMinute = dice.pick(draft.scenes) + dice.pick([0, 0, 1, 2]);
            events.push({ atMinute: rounded(atMinute + dice.between(0, 0.05)), do: "run" });
        }
    },
    (draft) => {
        const { dice, events } = draft;
        for (let call = dice.whole(1, 4); call > 0; call--) {
            events.push({
                atMinute: moment(draft),
                do: "foreign-update",
                factor: dice.pick([0.5, 0.75, 1.25, 1.5, 2]),
            });
        }
    },
    (draft) => {
        const { dice, events } = draft;
        for (let call = dice.whole(1, 4); call > 0; call--) {
            const which = rounded(dice.next());
            const atMinute = moment(draft);
            if (dice.flip(0.6))
                events.push({ atMinute, do: "foreign-split", which, weight: dice.pick([0.5, 0.1, 0.9]) });
            else events.push({ atMinute, do: "foreign-merge", which });
        }
    },
    (draft) => {
        const atMinute = moment(draft);
        draft.events.push({ atMinute, do: "delete-stream" });
        draft.events.push({ atMinute: atMinute + 3, do: "create-stream", shards: draft.dice.whole(1, draft.shards) });
    },
    (draft) => {
        const atMinute = moment(draft);
        draft.events.push({ atMinute, do: "on-demand" });
        draft.events.push({ atMinute: atMinute + draft.dice.pick([3, 60]), do: "provisioned" });
    },
    (draft) => void draft.events.push({ atMinute: moment(draft), do: "delete-ledger-item" }),
    (draft) => {
        const atMinute = moment(draft);
        const how = draft.dice.pick(["text", "number", "empty"] as const);
        draft.events.push({ atMinute, do: "damage-ledger-item", how });
        draft.events.push({ atMinute: atMinute + 10, do: "delete-ledger-item" });
    },
    (draft) => {
        const atMinute = moment(draft);
        draft.events.push({ atMinute, do: "account-shards", shards: draft.dice.whole(1, draft.shards + 2) });
        draft.events.push({ atMinute: atMinute + draft.dice.pick([5, 60]), do: "account-shards", shards: 10_000 });
    },
    (draft) => {
        for (let count = draft.dice.whole(1, 4); count > 0; count--) command(draft);
    },
    (draft) => {
        command(draft);
        strike(draft, draft.dice.pick(["kinesis", "dynamoDb"] as const), [...moody, ...gone], { who: "command" });
    },
    (draft) => {
        const atMinute = moment(draft);
        draft.events.push({ atMinute, do: "command", args: ["scale", "orders", "--pause"] });
        const resumeMinute = atMinute + draft.dice.pick([5, 20, 300]);
        draft.events.push({ atMinute: resumeMinute, do: "command", args: ["scale", "orders", "--resume"] });
    },
    (draft) => {
        const settings = draft.dice.pick([{ paused: true }, { dryRun: true }]);
        const atMinute = moment(draft);
        draft.events.push({ atMinute, do: "deploy", settings });
        draft.events.push({ atMinute: atMinute + 10, do: "deploy", settings: { paused: false, dryRun: false } });
    },
];

function command(draft: Draft): void {
    draft.events.push(commandOf(draft));
}

function commandOf(draft: Draft): ScheduledEvent {
    const { dice, deployment } = draft;
    const most = deployment.maxShards;
    const spend = dice.flip(0.3) ? ["--spend-all-calls"] : [];
    const args = dice.pick([
        ["scale", "orders", "to", String(dice.whole(1, Math.ceil(most * 1.3))), "--yes", ...spend],
        ["scale", "orders", "out", "--yes", ...spend],
        ["scale", "orders", "in", "--yes", ...spend],
        ["scale", "orders", "auto", "--yes", "--min", "1", "--max", String(most)],
        ["split", "orders", String(dice.whole(0, most))],
        ["merge", "orders", String(dice.whole(0, most)), String(dice.whole(0, most))],
    ]);
    const interrupt = dice.flip(0.2) ? { interruptAfterSeconds: dice.whole(1, 90) } : {};
    return { atMinute: moment(draft), do: "command", args, ...interrupt };
}

function rounded(value: number): number {
    return Math.round(value * 100) / 100;
}
