/**
 * What a night may be about: each theme adds events and faults to a schedule that is being made up.
 */
import { commandOf, type Draft, moment, rounded, sceneMinutes, type Theme } from "./draft";
import { type FaultKind, type FaultWindow, type Service } from "./schedule";
import { crowd, inVain, wrongTime } from "./stories";

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

export const restless: Theme = (draft) => {
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

export const themes: readonly Theme[] = [
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
