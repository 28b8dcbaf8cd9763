/**
 * Plays a schedule: the storm with all its events and faults, then the quiet in which the scaler has to bring the stream back.
 */
import { type Actor } from "./actor";
import { type Code } from "./code";
import { keyOf } from "./dynamo";
import { callsForIt, judgeActors, whatIsMissing } from "./judge";
import { type Violation } from "./laws";
import { onMachine } from "./machine";
import { type ScheduledEvent, type StreamSchedule } from "./schedule";
import { minuteMs, World } from "./world";

export interface Played {
    readonly violations: readonly Violation[];
    /** One line for each request and event, if they were asked for. */
    readonly trace: readonly string[];
    readonly runs: number;
    readonly commands: number;
}

/** So long after the last fault the stream has what it needs. */
export const backAfterMinutes = 90;
const quietEveryMinutes = 3;

export async function playStream(schedule: StreamSchedule, code: Code, traces = false): Promise<Played> {
    const world = new World(schedule, code, traces);
    return onMachine(world.machine, async () => {
        armRuns(world);
        for (const event of schedule.events) world.at(event.atMinute, () => happen(world, event));
        await world.playTo(schedule.quietFromMinute);
        if (schedule.ledger !== "none") await playQuiet(world);
        judgeActors(world);
        const isRun = ({ kind }: Actor): boolean => kind === "scaler";
        const runs = world.actors.filter(isRun).length;
        const { trace } = world;
        return { violations: world.laws.violations, trace, runs, commands: world.actors.length - runs };
    });
}

function armRuns(world: World): void {
    const { cadence, quietFromMinute, ledger } = world.schedule;
    if (ledger === "none") return;
    cadence.forEach(({ fromMinute, everyMinutes }, at) => {
        const toMinute = cadence[at + 1]?.fromMinute ?? quietFromMinute;
        for (let minute = fromMinute; minute < toMinute; minute += everyMinutes)
            world.at(minute, () => void world.runScaler());
    });
}

function happen(world: World, event: ScheduledEvent): void {
    const { deployment } = world;
    const { kinesis } = world.aws;
    world.tell(`event ${JSON.stringify(event)}`);
    if (!["run", "deploy", "command", "set-clock"].includes(event.do)) world.disturb();
    switch (event.do) {
        case "run":
            return void (world.schedule.ledger !== "none" && world.runScaler());
        case "deploy":
            world.deployment = { ...deployment, ...event.settings };
            return;
        case "command":
            return runCommand(world, event.args, event.interruptAfterSeconds);
        case "delete-stream":
            world.laws.pausedSinceMs = undefined;
            return kinesis.delete();
        case "create-stream":
            return kinesis.now.status === "GONE" ? createStream(world, event.shards) : undefined;
        case "on-demand":
            return kinesis.now.status === "ACTIVE" ? kinesis.switchTo("ON_DEMAND") : undefined;
        case "provisioned":
            return kinesis.now.status === "ACTIVE" ? kinesis.switchTo("PROVISIONED") : undefined;
        case "delete-ledger-item":
        case "damage-ledger-item":
            return harmLedger(world, event);
        case "account-shards":
            kinesis.accountShards = event.shards;
            return;
        case "set-clock":
            world.machineErrorMs += event.byMinutes * minuteMs;
            return;
        default:
            return reshardByOthers(world, event);
    }
}

function runCommand(world: World, args: readonly string[], interruptAfterSeconds: number | undefined): void {
    const interrupted = new AbortController();
    const actor = world.runCommand(args, interrupted.signal);
    if (interruptAfterSeconds === undefined) return;
    world.at(world.minute + interruptAfterSeconds / 60, () => world.interrupt(actor, interrupted));
}

/** Somebody else asks AWS; what AWS refuses to them is no concern of ours. */
function reshardByOthers(
    { aws: { kinesis } }: World,
    event: Extract<ScheduledEvent, { do: "foreign-update" | "foreign-split" | "foreign-merge" }>,
): void {
    const { open } = kinesis.tree;
    const by = { own: false } as const;
    try {
        if (event.do === "foreign-update") {
            const target = Math.max(1, Math.round(open.length * event.factor));
            if (target !== open.length) kinesis.update(target, by);
            return;
        }
        const at = Math.floor(event.which * (open.length - (event.do === "foreign-merge" ? 1 : 0)));
        const shard = open[at]!;
        if (event.do === "foreign-split") {
            const thousandths = BigInt(Math.round(event.weight * 1_000));
            kinesis.split(shard.id, shard.start + ((shard.end - shard.start) * thousandths) / 1_000n, by);
        } else if (open.length > 1) {
            kinesis.merge(shard.id, open[at + 1]!.id, by);
        }
    } catch {
        return;
    }
}

function createStream(world: World, shards: number): void {
    world.aws.kinesis.create(shards);
    world.laws.ledgerLost();
}

function harmLedger(
    world: World,
    event: Extract<ScheduledEvent, { do: "delete-ledger-item" | "damage-ledger-item" }>,
): void {
    const table = world.aws.dynamo.tables.get(world.aws.ledgerTable);
    for (const key of world.aws.dynamo.stateKeys(world.aws.ledgerTable)) {
        const item = table!.get(key)!;
        if (event.do === "delete-ledger-item") table!.delete(key);
        else if (event.how === "text") table!.set(key, { ...item, state: { S: '{"writtenMs":1,"resh' } });
        else if (event.how === "number") table!.set(key, { ...item, version: { N: "NaN" } });
        else table!.set(keyOf(item), { stream: item.stream!, entry: item.entry! });
    }
    world.laws.ledgerLost();
    // What is damaged stays so until somebody deletes it.
    if (event.do === "damage-ledger-item") world.disturb(Infinity);
}

/** Somebody has put right what a scaler cannot; then it has its time. */
async function playQuiet(world: World): Promise<void> {
    const { kinesis } = world.aws;
    const fromMinute = world.schedule.quietFromMinute;
    for (const actor of world.actors) if (actor.kind === "command" && actor.ended === undefined) actor.isDead = true;
    putRight(world);
    world.at(fromMinute + 2, () => void world.runCommand(["scale", "orders", "--resume"]));
    // A ledger that was written under a Date header of an hour ahead waits until that hour is over.
    const lastMinute = backAfterMinutes + (world.laws.dateLiedMs > -Infinity ? 60 : 0);
    for (let minute = 3; minute <= lastMinute; minute += quietEveryMinutes) {
        world.at(fromMinute + minute, () => void world.runScaler());
        await world.playTo(fromMinute + minute + quietEveryMinutes - 0.01);
        if (kinesis.now.status === "ACTIVE" && whatIsMissing(world) === undefined) return;
    }
    const missing = whatIsMissing(world);
    if (missing !== undefined && callsForIt(world)) world.laws.against(missing.law, "scaler", missing.message);
}

function putRight(world: World): void {
    const { kinesis, ledgerTable, dynamo } = world.aws;
    world.deployment = { ...world.deployment, paused: false, dryRun: false };
    kinesis.accountShards = 10_000;
    if (kinesis.now.status === "GONE") createStream(world, 2);
    else if (kinesis.now.mode === "ON_DEMAND") kinesis.switchTo("PROVISIONED");
    for (const key of dynamo.stateKeys(ledgerTable)) {
        const { version, state } = dynamo.tables.get(ledgerTable)!.get(key)!;
        const isReadable = Number.isInteger(Number(version?.N)) && String(state?.S ?? "").endsWith("}");
        if (!isReadable) dynamo.tables.get(ledgerTable)!.delete(key);
    }
}
