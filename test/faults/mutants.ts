/**
 * Faults that are put into the code on purpose. A simulator that does not find them proves nothing about what it does not find.
 */
import { type Mutation } from "./code";
import { type Law } from "./laws";

export interface Mutant extends Mutation {
    /** What goes wrong, in a sentence. */
    readonly about: string;
    /** Any of them finds it. */
    readonly laws: readonly Law[];
    /** A schedule of seed 1 that finds it, or one of nights.ts; the code as it is breaks no law there. */
    readonly foundBy: number | string;
}

const reshard = "stream/reshard.ts";
const ledger = "capacity/scaling/ledger.ts";
const reconcile = "capacity/scaling/reconcile.ts";
const shards = "capacity/scaling/shards.ts";
const run = "scaler/run.ts";

export const mutants: Readonly<Record<string, Mutant>> = {
    "no-reservation": {
        about: "A call is made without being reserved in the ledger.",
        laws: ["no-reservation"],
        foundBy: 1,
        file: reshard,
        find: 'if (!(await ledger.write(reserved))) return { kind: "outrun" };',
        replace: "",
    },
    "no-lease": {
        about: "Nobody minds another's lease.",
        laws: ["two-at-once"],
        foundBy: 19,
        file: ledger,
        find: "return state.lease !== undefined && state.lease.owner !== owner && state.lease.untilMs > nowMs;",
        replace: "return false;",
    },
    "no-condition": {
        about: "The ledger is written whoever wrote it meanwhile.",
        laws: ["two-at-once", "pause-ignored", "eleventh-call"],
        foundBy: 6,
        file: "capacity/scaling/ledgerItems.ts",
        find: 'ConditionExpression: "#version = :before",',
        replace: 'ConditionExpression: "attribute_exists(#version)",',
    },
    "own-hides-others": {
        about: "An own call explains whatever ended at its count.",
        laws: ["eleventh-call"],
        foundBy: "others call there and back right after each own call: only its own was counted, up to an eleventh",
        file: reconcile,
        find: "return updates > ownShowsAs ?",
        replace: "return updates > 99 ?",
    },
    "ledger-hides-call": {
        about: "A ledger that fails after the call hides that AWS took it.",
        laws: ["call-untold"],
        foundBy:
            "DynamoDB is throttled from the moment on at which AWS takes a command's call: the call was told as not made",
        file: reshard,
        find: 'return failure === undefined ? { kind: "called" } : { kind: "unconfirmed", ledger: failure };',
        replace: 'if (failure !== undefined) throw failure; return { kind: "called" };',
    },
    "splits-without-end": {
        about: "Nobody minds how many splits and merges a day may have.",
        laws: ["reshards-spent"],
        foundBy: "others have spent the ten calls, and splits have to do",
        file: "capacity/scaling/ledger.ts",
        find: 'return reshards.filter((event) => event.kind !== "update" && event.atMs > nowMs - dayMs).length;',
        replace: "return 0;",
    },
    "calls-of-an-hour": {
        about: "A call is counted for an hour, not for 24.",
        laws: ["eleventh-call"],
        foundBy: 14,
        file: ledger,
        find: "const callCountedMs = dayMs + 2 * minuteMs;",
        replace: "const callCountedMs = 60 * 60_000;",
    },
    "calls-of-less-than-a-day": {
        about: "A call comes back some minutes before AWS gives it back.",
        laws: ["eleventh-call"],
        foundBy: 64,
        file: ledger,
        find: "const callCountedMs = dayMs + 2 * minuteMs;",
        replace: "const callCountedMs = dayMs - 20 * 60_000;",
    },
    tripling: {
        about: "One call goes to three times the open shards.",
        laws: ["illegal-request"],
        foundBy: 1,
        file: shards,
        find: "openShards * limits.updateShardCountGrowthFactorMax",
        replace: "openShards * 3",
    },
    "halving-rounded-down": {
        about: "Half of an odd count is rounded down.",
        laws: ["illegal-request"],
        foundBy: 19,
        file: shards,
        find: "Math.ceil(openShards * limits.updateShardCountShrinkFactorMin)",
        replace: "Math.floor(openShards * limits.updateShardCountShrinkFactorMin)",
    },
    "unanswered-struck-out": {
        about: "A call without an answer is taken for one that was not made.",
        laws: ["eleventh-call", "two-at-once"],
        foundBy: 19,
        file: reshard,
        find: "if (!refusal.certain) {",
        replace: "if (!refusal.certain && owner === '') {",
    },
    "never-disproved": {
        about: "A call that was never made stays counted for the day, whatever the stream shows.",
        laws: ["too-small", "out-of-range"],
        foundBy: "UpdateShardCount gets no answer for 70 minutes: every call of the day was reserved, and none made",
        file: reconcile,
        find: 'return event.status === "reserved" && nowMs >= event.atMs + disprovedAfterMs;',
        replace: "return false;",
    },
    "pause-ignored": {
        about: "The scaler does not look whether it is paused.",
        laws: ["pause-ignored"],
        foundBy: 22,
        file: run,
        find: "this.environment.paused || this.session.ledger.state.paused === true",
        replace: "this.environment.paused",
    },
    "dry-run-acts": {
        about: "A dry run acts.",
        laws: ["pause-ignored"],
        foundBy: 24,
        file: run,
        find: 'if (this.environment.dryRun) return "dry-run";',
        replace: "",
    },
    "clock-went-back": {
        about: "Nobody minds that the ledger was written by a later clock.",
        laws: ["clock-went-back"],
        foundBy: 15,
        file: ledger,
        find: "return state.writtenMs > nowMs + minuteMs;",
        replace: "return false;",
    },
    "last-call-not-awaited": {
        about: "A call is made before the shards of the last one are seen.",
        laws: ["two-at-once"],
        foundBy: 182,
        file: "stream/session.ts",
        find: 'event.status === "called" && event.atMs > sinceMs',
        replace: "event.atMs > Infinity && sinceMs > 0",
    },
    "silence-is-no-load": {
        about: "What CloudWatch did not give whole is taken for no load.",
        laws: ["guessed-load"],
        foundBy: 130,
        file: "stream/load.ts",
        find: "if (missing === undefined) return;",
        replace: "if (missing === undefined || points.size > 0) return;",
    },
    "no-ceiling": {
        about: "Scaling out goes beyond maxShards.",
        laws: ["outside-range"],
        foundBy: 9,
        file: "capacity/scaling/reactive/decide.ts",
        find: "targetShards: Math.min(target, settings.maxShards),",
        replace: "targetShards: target,",
    },
    "failure-without-a-line": {
        about: "A run that fails logs nothing.",
        laws: ["one-line"],
        foundBy: 7,
        file: run,
        find: 'run.steps.push({ outcome: "failed", message });',
        replace: 'if (message !== "") throw error;',
    },
    "failed-record-forgotten": {
        about: "The producer forgets the records that a shard refused.",
        laws: ["records-lost"],
        foundBy: 5,
        file: "producer/calls.ts",
        find: "this.buffer.placeAgain(refused, nowMs);",
        replace: "",
    },
    "order-not-kept": {
        about: "The producer sends the next record of a key before the one before is delivered.",
        laws: ["records-lost"],
        foundBy: 47,
        file: "producer/buffer.ts",
        find: "if (this.#order?.enter(record) !== false) this.#place(record, nowMs);",
        replace: "this.#place(record, nowMs);",
    },
    "unanswered-is-unwritten": {
        about: "The producer hands a record back as not written although its call was not answered.",
        laws: ["records-lost"],
        foundBy: 47,
        file: "producer/calls.ts",
        find: "if (!refusal.certain) record.mayBeWritten = true;",
        replace: "",
    },
    "date-for-time": {
        about: "The handler measures how long something takes by the date.",
        laws: ["one-line", "clock-went-back"],
        foundBy: "the machine's clock is set back while a run waits for ACTIVE: it waited until Lambda ended it",
        file: "scaler/handler.ts",
        find: "elapsedMs: () => performance.now(),",
        replace: "elapsedMs: () => Date.now(),",
    },
};
