/** What `status` shows of what it may see, and says of what it cannot know: no zero that nobody measured, no scaler that nobody asked. */
import assert from "node:assert/strict";
import { type LedgerState } from "../../capacity/scaling/ledger";
import { type ShardPlan } from "../../capacity/scaling/observation";
import { completeScaling } from "../../capacity/scaling/settings";
import { type DeployedScaler } from "../../cli/deployedScaler";
import { look } from "../../cli/statusLook";
import { type SeenPlan } from "../../cli/statusPlan";
import { statusResult } from "../../cli/statusText";
import { LedgerFailure } from "../../stream/ledger";
import { awsError, hourMs, minuteMs, World } from "../scaler/world";
import { contextOf, someFile, worldLive } from "./worldLive";

/** A scaler that plans. */
function deployed(more: Partial<DeployedScaler> = {}): DeployedScaler {
    const settings = completeScaling({ minShards: 1, maxShards: 8, mode: "predictive" });
    return { settings, paused: false, dryRun: false, ...more };
}

async function statusOf(
    world: World,
    ledger?: Parameters<typeof worldLive>[1],
): Promise<{ readonly document: Record<string, unknown>; readonly text: string }> {
    const { document, text } = statusResult(await look(worldLive(world, ledger), contextOf()));
    return { document: document as Record<string, unknown>, text: text(someFile) };
}

function keyOf(world: World): string {
    return `arn:aws:kinesis:us-east-1:123456789012:stream/orders#${new Date(world.createdMs).toISOString()}`;
}

function pausedState(world: World, paused: boolean): LedgerState {
    return { version: 1, writtenMs: world.nowMs - hourMs, reshards: [], paused };
}

const late = "Until 11:58 UTC: CloudWatch's metrics are one to two minutes late.";

describe("status knows that metrics are late", () => {
    it("right after the first records of a new stream: the load is not known, and not zero", async () => {
        const world = new World(4);
        world.createdMs = world.nowMs - 40_000;
        const { document, text } = await statusOf(world);
        const { load, utilization, lastHourUtilization, loadUntil, metricsProblem, monthlyCost } = document;
        const problem =
            "CloudWatch's metrics are one to two minutes late, and the stream is not older. Look again in two minutes.";
        assert.deepEqual(
            { load, utilization, lastHourUtilization, loadUntil, metricsProblem, monthlyCost },
            {
                load: null,
                utilization: null,
                lastHourUtilization: null,
                loadUntil: null,
                metricsProblem: problem,
                monthlyCost: 43.8,
            },
        );
        assert.ok(text.includes(`The load is not known: ${problem}`), text);
        assert.match(text, /About \$43\.80 a month before anything is written/);
    });

    it("right after the first records in hours: says until when nothing was written", async () => {
        const { document, text } = await statusOf(new World(4));
        assert.equal(document.loadUntil, "2026-11-02T11:58:00.000Z");
        const silent =
            "Nothing was written in the last five of these minutes; what was written since is not shown yet.";
        assert.ok(text.includes(`${late} ${silent}`), text);
    });

    it("under load: a newest minute that is not there yet is not averaged in as zero", async () => {
        const world = new World(4);
        world.load(2, { untilMs: world.nowMs - 2 * minuteMs });
        const { document, text } = await statusOf(world);
        const { fiveMinutes } = document.utilization as Record<string, unknown>;
        assert.deepEqual(fiveMinutes, { average: 0.5, maximum: 0.5 });
        assert.ok(text.includes(`${late}\n`), text);
        world.load(2, { untilMs: world.nowMs - minuteMs });
        assert.equal((await statusOf(world)).document.loadUntil, "2026-11-02T11:59:00.000Z");
    });
});

describe("status counts utilization with the widest shard", () => {
    it("which is full first", async () => {
        const world = new World(4);
        const [first, second, third, fourth] = world.shards as [never, never, never, never];
        const wide = { ...(first as object), endingHashKey: (second as { endingHashKey: bigint }).endingHashKey };
        world.shards = [wide, third, fourth] as typeof world.shards;
        world.load(1);
        const { document, text } = await statusOf(world);
        assert.deepEqual((document.utilization as Record<string, unknown>).fiveMinutes, { average: 0.5, maximum: 0.5 });
        assert.ok(
            text.includes(
                "Their ranges are uneven: the widest, shardId-000000000000, has 50 % of the hash keys, an even one has 33.3 %. It is full first, so the 3 take what 2 even ones would. Utilization is counted so. sharded-stream scale orders to 3 tells the way to even ones.",
            ),
            text,
        );
    });

    it("and says so of the time before a reshard, when there were others", async () => {
        const world = new World(4);
        world.load(1);
        const closed = async (count: number) => {
            const live = worldLive(world);
            const shards = () => Promise.resolve({ open: world.shards, closed: count });
            return statusResult(await look({ ...live, stream: { ...live.stream, shards } }, contextOf())).text(
                someFile,
            );
        };
        const sentence = "Utilization is of the 4 shards open now, also before the last reshard.";
        assert.deepEqual([(await closed(0)).includes(sentence), (await closed(2)).includes(sentence)], [false, true]);
    });

    it("with more shards than it lists, of one width or of several", async () => {
        const even = new World(30);
        assert.match((await statusOf(even)).text, /^30 open shards, each with 3\.33 % of the hash key space\.$/m);
        const [first, second, ...rest] = even.shards as [never, never];
        const wide = { ...(first as object), endingHashKey: (second as { endingHashKey: bigint }).endingHashKey };
        even.shards = [wide, ...rest] as typeof even.shards;
        assert.match(
            (await statusOf(even)).text,
            /^29 open shards, each with 3\.33 % to 6\.67 % of the hash key space\.$/m,
        );
    });

    it("but on an on-demand stream, whose shards AWS cuts by load", async () => {
        const world = new World(4);
        world.capacityMode = "on-demand";
        const [first, second, ...others] = world.shards;
        world.shards = [{ ...first!, endingHashKey: second!.endingHashKey }, ...others];
        world.load(1.5);
        const { document, text } = await statusOf(world);
        assert.deepEqual((document.utilization as Record<string, unknown>).fiveMinutes, { average: 0.5, maximum: 0.5 });
        assert.doesNotMatch(text, /uneven/);
    });
});

describe("status shows what a scaler that plans means to do", () => {
    const atMs = Date.UTC(2026, 10, 2, 12);
    const step = (fromMinute: number, untilMinute: number, shards: number, expected: number, high: number) => ({
        fromMs: atMs + fromMinute * minuteMs,
        untilMs: atMs + untilMinute * minuteMs,
        shards,
        expectedLoadShards: expected,
        highLoadShards: high,
    });
    const plan: ShardPlan = {
        madeMs: atMs,
        steps: [step(0, 3, 4, 2, 3), step(3, 6, 4, 3, 3.5), step(6, 66, 8, 5.25, 7), step(66, 126, 2, 1, 1.5)],
        fromDaysMs: [7, 6, 14, 1].map((days) => Date.UTC(2026, 10, 2) - days * 24 * hourMs),
        expectedRefusedShare: 0.0004,
        savedShardHours: 12.5,
        errorBudgetDays: -1.5,
    };
    const told = async (seen: SeenPlan) => {
        const world = new World(4);
        world.load(2);
        const { document, text } = statusResult({ ...(await look(worldLive(world), contextOf())), plan: seen });
        return { document: document as Record<string, unknown>, text: text(someFile) };
    };

    it("as a table, equal counts together, and in the document", async () => {
        const { document, text } = await told(plan);
        assert.ok(
            text.includes(
                [
                    "Plan",
                    "planned, UTC\tshards\tload expected\tone in twenty",
                    "12:00 to 12:06\t4\t2.5\t3.5",
                    "12:06 to 13:06\t8\t5.25\t7",
                    "13:06 to 14:06\t2\t1\t1.5",
                    "Made 12:00, after the course of 2026-10-26, 2026-10-27, 2026-10-19 and 1 day more. 0.04 % of the records may be refused in these hours; 12.5 shard-hours fewer than the declared peak takes; the plan is careful, since 1.5 days of planned refusals are owed.",
                ].join("\n"),
            ),
            text,
        );
        const shown = document.plan as { steps: unknown[]; fromDays: unknown; madeAt: unknown };
        assert.equal(shown.steps.length, 4);
        assert.deepEqual(shown.steps[0], {
            from: "2026-11-02T12:00:00.000Z",
            until: "2026-11-02T12:03:00.000Z",
            shards: 4,
            expectedLoadShards: 2,
            highLoadShards: 3,
        });
        assert.deepEqual(shown.fromDays, ["2026-10-26", "2026-10-27", "2026-10-19", "2026-11-01"]);
    });

    it("that one count is held, and what speaks for it", async () => {
        const held = { refusedShare: 0.0002, days: 14, meanOpenShards: 8.5 };
        const { document, text } = await told({ ...plan, steps: [step(0, 66, 8, 2, 3)], held });
        const sentence =
            "8 shards all along would have refused 0.02 % of the last 14 days, and the newest three took 8.5 on average, so no plan is followed. 0.04 % of the records may";
        assert.ok(text.includes(sentence), text);
        assert.deepEqual((document.plan as { held: unknown }).held, held);
    });

    it("or why there is no plan", async () => {
        const { document, text } = await told({ problem: "The scaler has no plan now." });
        assert.deepEqual([document.plan, document.planProblem], [null, "The scaler has no plan now."]);
        assert.ok(text.includes("\nThe scaler has no plan now.\n"), text);
    });

    it("and nothing of a scaler that does not plan, or of none", async () => {
        const { document } = await told(undefined);
        assert.ok(!("plan" in document) && !("planProblem" in document));
        const settings = completeScaling({ mode: "reactive", minShards: 1, maxShards: 8 });
        for (const scaler of [undefined, { settings, paused: false, dryRun: false }]) {
            const live = { ...worldLive(new World(4)), scaler: () => Promise.resolve(scaler) };
            assert.equal((await look(live, contextOf())).plan, undefined);
        }
    });

    it("where it may see the scaler's settings, and nobody is at work", async () => {
        const planOf = async (
            world: World,
            scaler: () => Promise<DeployedScaler> = () => Promise.resolve(deployed()),
        ) => (await look({ ...worldLive(world), scaler }, contextOf())).plan;
        const busy = new World(4);
        busy.status = "UPDATING";
        assert.deepEqual(await planOf(busy), {
            problem: "The scaler's plan is shown while the stream is ACTIVE and nobody is at work on it.",
        });
        const onDemand = new World(4);
        onDemand.capacityMode = "on-demand";
        assert.deepEqual(await planOf(onDemand), {
            problem: "The scaler plans nothing: AWS scales an on-demand stream.",
        });
        const ahead = new World(4);
        ahead.ledger.states.set(keyOf(ahead), { ...pausedState(ahead, false), writtenMs: ahead.nowMs + hourMs });
        assert.deepEqual(await planOf(ahead), {
            problem:
                "The scaler plans nothing now. The ledger was written at 2026-11-02T13:00:00.000Z, which is later than AWS's clock now; nothing is called until time has caught up.",
        });
        const denied = awsError("AccessDeniedException", "not authorized to perform: lambda:GetFunctionConfiguration");
        assert.deepEqual(await planOf(new World(4), () => Promise.reject(denied)), {
            problem:
                "the scaler's plan: AccessDeniedException: not authorized to perform: lambda:GetFunctionConfiguration. The credentials lack a permission. Ask for it, or use another AWS_PROFILE.",
        });
    });
});

describe("status tells of a scaler that decides and does nothing", () => {
    const byDeployment = "The scaler is deployed with paused: true; it acts once it is deployed without.";
    const alsoByDeployment = "The scaler is deployed with paused: true.";
    const inLedger = "The scaler is paused; sharded-stream scale orders --resume ends that.";
    const alsoInLedger = "The scaler is paused in its ledger, too; sharded-stream scale orders --resume ends that.";
    const asDryRun = "The scaler is deployed with dryRun: it says what it would do, and does nothing.";
    const rows: readonly (readonly [
        scaler: Partial<DeployedScaler>,
        isPausedInLedger: boolean,
        paused: boolean,
        told: readonly string[],
    ])[] = [
        [{}, false, false, []],
        [{}, true, true, [inLedger]],
        [{ paused: true }, false, true, [byDeployment]],
        // Neither a deployment nor to resume it ends both.
        [{ paused: true }, true, true, [alsoByDeployment, alsoInLedger]],
        [{ dryRun: true }, false, false, [asDryRun]],
        [{ dryRun: true }, true, true, [asDryRun, alsoInLedger]],
    ];
    for (const [scaler, isPausedInLedger, paused, told] of rows) {
        const ledger = isPausedInLedger ? ", and paused in its ledger" : "";
        it(`deployed with ${JSON.stringify(scaler)}${ledger}`, async () => {
            const world = new World(4);
            world.ledger.states.set(keyOf(world), pausedState(world, isPausedInLedger));
            const live = { ...worldLive(world), scaler: () => Promise.resolve(deployed(scaler)) };
            const { document, text } = statusResult(await look(live, contextOf()));
            const seen = { ledgerTable: "orders-ledger", deployed: true, paused, problem: null };
            assert.deepEqual(
                (document as { scaler: object }).scaler,
                scaler.dryRun === true ? { ...seen, dryRun: true } : seen,
            );
            const lines = text(someFile).split("\n");
            assert.deepEqual(
                lines.filter((line) => line.startsWith("The scaler is ")),
                told,
            );
        });
    }

    it("or that there is none, although the stream has a ledger", async () => {
        const world = new World(4);
        const { document, text } = await statusOf(world);
        const nobody =
            "Nobody scales the stream: it has the ledger orders-ledger, and no function orders-scaler. Deploy the scaler again, or scale by hand.";
        assert.ok(text.endsWith(`\n${nobody}`), text);
        const scaler = { ledgerTable: "orders-ledger", deployed: false, paused: false, problem: null };
        assert.deepEqual(document.scaler, scaler);
        const { text: without, document: bare } = await statusOf(world, () => undefined);
        assert.doesNotMatch(without, /Nobody scales/);
        assert.deepEqual(bare.scaler, { ...scaler, ledgerTable: null });
    });

    it("and may not say that it acts where its function may not be asked for", async () => {
        const denied = awsError("AccessDeniedException", "not authorized to perform: lambda:GetFunctionConfiguration");
        const live = { ...worldLive(new World(4)), scaler: () => Promise.reject(denied) };
        const { document } = statusResult(await look(live, contextOf()));
        const { paused, deployed } = (document as { scaler: { paused: null; deployed: null } }).scaler;
        assert.deepEqual([paused, deployed], [null, null]);
    });
});

describe("status counts the calls that are left", () => {
    const estimated = "UpdateShardCount calls left: 10 of 10 (estimated from the shards of the last 24 hours).";
    const more = " The change that is under way may be one more, not counted yet.";
    for (const [status, underWay] of [
        ["ACTIVE", false],
        ["UPDATING", true],
    ] as const) {
        it(`of a stream without a ledger that is ${status}`, async () => {
            const world = new World(4);
            world.status = status;
            const { document, text } = await statusOf(world, () => undefined);
            assert.equal(document.updateCallMayBeUnderWay, underWay);
            assert.ok(text.includes(`\n${estimated}${underWay ? more : ""}\n`), text);
        });
    }
});

describe("status tells what a stream costs a month", () => {
    const rows: readonly (readonly [details: object, monthly: number, why: string])[] = [
        [{}, 43.8, "4 shards at $0.015 an hour"],
        [{ retentionHours: 168 }, 102.2, "and $0.02 for the longer retention"],
        [{ fanOutConsumers: 2 }, 131.4, "and $0.015 for each consumer with enhanced fan-out"],
        [{ shardLevelMetrics: ["IncomingBytes"] }, 45, "and $0.30 for each shard-level metric of each shard"],
        [{ shardLevelMetrics: ["ALL"] }, 52.2, "of which ALL are seven"],
    ];
    for (const [details, monthly, why] of rows) {
        it(`of which nothing was written yet: ${why}`, async () => {
            const live = worldLive(new World(4));
            const { stream } = live;
            const idle = { ...stream, details: async () => ({ ...(await stream.details()), ...details }) };
            const { document } = statusResult(await look({ ...live, stream: idle }, contextOf()));
            assert.equal((document as { monthlyCost: number }).monthlyCost, monthly);
        });
    }
});

describe("status shows what it may see, where", () => {
    const denied = (action: string) => awsError("AccessDeniedException", `not authorized to perform: ${action}`);

    it("the ledger may not be looked for: whether a scaler is paused is not known", async () => {
        const world = new World(4);
        world.load(2);
        const { document, text } = await statusOf(world, () => {
            throw new LedgerFailure("of orders", "found", denied("kinesis:ListTagsForStream"));
        });
        const problem =
            "ledger of orders: AccessDeniedException: not authorized to perform: kinesis:ListTagsForStream. Ask for kinesis:ListTagsForStream on the stream, or use another AWS_PROFILE.";
        const { scaler, openShards, updateCallsSource } = document;
        assert.deepEqual(
            { scaler, openShards, updateCallsSource },
            {
                scaler: { ledgerTable: null, deployed: null, paused: null, problem },
                openShards: 4,
                updateCallsSource: "shard history",
            },
        );
        assert.ok(
            text.endsWith(`Not known: whether a scaler is there or paused, its calls, its decisions. ${problem}`),
            text,
        );
    });

    it("CloudWatch is denied: the load is not known", async () => {
        const world = new World(4);
        world.faults.samples = [denied("cloudwatch:GetMetricData")];
        const { document, text } = await statusOf(world);
        assert.deepEqual([document.load, document.openShards, document.monthlyCost], [null, 4, null]);
        assert.match(text, /The load is not known: metrics: AccessDeniedException: .*cloudwatch:GetMetricData/);
    });

    it("the stream's history is denied: the pause is known all the same", async () => {
        const world = new World(4);
        world.load(2);
        const live = worldLive(world);
        Object.assign(live.clients, { dynamoDb: { send: () => Promise.reject(denied("dynamodb:Query")) } });
        world.ledger.states.set(keyOf(world), pausedState(world, true));
        const { document, text } = statusResult(await look(live, contextOf()));
        const { paused, problem } = (document as { scaler: { paused: boolean; problem: string } }).scaler;
        assert.equal(paused, true);
        assert.match(problem, /^history in orders-ledger: AccessDeniedException: .*dynamodb:Query/);
        assert.match(text(someFile), /Not known: the last decisions\. history in orders-ledger/);
        assert.match(text(someFile), /The scaler is paused/);
    });
});
