/**
 * `sharded-stream split` and `merge`: one shard in two, by weight, in the middle or at a given hash key; two neighbours in one.
 */
import { fractionOf, hashKeySpace } from "../capacity/keys/hashRing";
import { splitBounds, withinBounds } from "../capacity/keys/split";
import { type ShardRange } from "../capacity/scaling/observation";
import { count, formatPercent } from "../capacity/text";
import { neighboursOf } from "../capacity/scaling/walk";
import { type CommandContext, type CommandResult, type DefineCommand, examples, UsageError } from "./command";
import { type Reshard } from "../stream/reshard";
import { Interrupted, withStream } from "./live";
import { type Step, stepsDocument } from "./steps";
import { checkMade, fromCommandLine, Walker, withoutLedgerOption, withoutLedgerText } from "./walker";

interface ReshardFlags {
    readonly withoutLedger?: true;
}

interface SplitFlags extends ReshardFlags {
    readonly at?: string;
    readonly weight?: string;
}

export const defineSplit: DefineCommand = (program, act) => {
    program
        .command("split")
        .argument("<stream>", "name or ARN of the stream")
        .argument("<shard>", "id of the shard, such as shardId-000000000003 or 3")
        .description("split a shard in two; not counted among the UpdateShardCount calls")
        .option("--at <hash>", "first hash key of the upper part, as hot-shards and keys analyze name it")
        .option("--weight <fraction>", "part of the shard's hash keys that the lower half gets (default 0.5)")
        .option(...withoutLedgerOption)
        .addHelpText(
            "after",
            examples(
                "sharded-stream split orders shardId-000000000003",
                "sharded-stream split orders 0 --weight 0.2",
                "sharded-stream split orders 2 --at 212676479325586539664609129644855132160",
            ),
        )
        .action(act(async (flags: SplitFlags, [stream, shard], context) => split(stream!, shard!, flags, context)));
};

export const defineMerge: DefineCommand = (program, act) => {
    program
        .command("merge")
        .argument("<stream>", "name or ARN of the stream")
        .argument("<shard>", "id of a shard")
        .argument("[neighbour]", "id of a shard whose hash keys follow or go before it")
        .description("merge two neighbouring shards; not counted among the UpdateShardCount calls")
        .option(...withoutLedgerOption)
        .addHelpText("after", examples("sharded-stream merge orders shardId-000000000000 shardId-000000000001"))
        .action(
            act(async (flags: ReshardFlags, [stream, shard, neighbour], context) =>
                merge(stream!, shard!, neighbour, flags, context),
            ),
        );
};

async function split(
    stream: string,
    shard: string,
    flags: SplitFlags,
    context: CommandContext,
): Promise<CommandResult> {
    if (flags.at !== undefined && flags.weight !== undefined)
        throw new UsageError("split: --at and --weight exclude each other");
    return reshard(stream, flags, context, (shards) => {
        const parent = shardNamed(shards, shard);
        const newStartingHashKey = splitPoint(parent, flags);
        const width = parent.endingHashKey - parent.startingHashKey + 1n;
        const lower = fractionOf(((newStartingHashKey - parent.startingHashKey) * hashKeySpace) / width);
        return {
            reshard: { kind: "split", shardId: parent.shardId, newStartingHashKey: newStartingHashKey.toString() },
            what: `${parent.shardId} at ${newStartingHashKey}: ${formatPercent(lower, 1)} of its hash keys to the lower part`,
        };
    });
}

/** The first hash key of the upper part. */
function splitPoint(parent: ShardRange, flags: SplitFlags): bigint {
    const { startingHashKey: first, endingHashKey: last, shardId } = parent;
    const bounds = splitBounds(first, last);
    if (bounds === undefined)
        throw new UsageError(`split: ${shardId} holds ${last - first + 1n} of the hash keys, too few to be split`);
    const { least, most } = bounds;
    if (flags.at !== undefined) {
        const at = /^\d{1,39}$/.test(flags.at) ? BigInt(flags.at) : -1n;
        if (at < least || at > most) {
            throw new UsageError(
                `split: --at ${flags.at} is not allowed; it must be from ${least} to ${most}, so that AWS splits ${shardId}`,
            );
        }
        return at;
    }
    const weight = flags.weight === undefined ? 0.5 : Number(flags.weight);
    if (!(weight > 0 && weight < 1))
        throw new UsageError(`split: --weight ${flags.weight} is not allowed; it must be a fraction between 0 and 1`);
    const width = last - first + 1n;
    const scale = 1_000_000_000n;
    const at = first + (width * BigInt(Math.round(weight * Number(scale))) + scale / 2n) / scale;
    return withinBounds(at, bounds);
}

async function merge(
    stream: string,
    shard: string,
    neighbour: string | undefined,
    flags: ReshardFlags,
    context: CommandContext,
): Promise<CommandResult> {
    return reshard(stream, flags, context, (shards) => {
        const first = shardNamed(shards, shard);
        const fitting = neighboursOf(shards, first.shardId);
        const fit =
            fitting.length === 0
                ? "none fits: it is the only shard"
                : `${fitting.map(({ shardId }) => shardId).join(" or ")} ${fitting.length === 1 ? "fits" : "fit"}`;
        if (neighbour === undefined)
            throw new UsageError(`merge: name the shard to merge ${first.shardId} with; ${fit}`);
        const second = shardNamed(shards, neighbour);
        if (!fitting.includes(second)) {
            throw new UsageError(
                `merge: ${first.shardId} and ${second.shardId} are no neighbours on the hash ring; ${fit}`,
            );
        }
        // AWS takes the two in the order of their hash keys alone.
        const isInOrder = first.startingHashKey < second.startingHashKey;
        const [lower, upper] = isInOrder ? [first, second] : [second, first];
        return {
            reshard: { kind: "merge", shardId: lower.shardId, adjacentShardId: upper.shardId },
            what: `${first.shardId} and ${second.shardId}`,
        };
    });
}

/** A shard by its id, or by the number at the end of it. */
function shardNamed(shards: readonly ShardRange[], name: string): ShardRange {
    const id = /^\d+$/.test(name) ? `shardId-${name.padStart(12, "0")}` : name;
    const found = shards.find(({ shardId }) => shardId === id);
    if (found !== undefined) return found;
    const some = shards.slice(0, 10).map(({ shardId }) => shardId);
    const more = shards.length > some.length ? ` and ${shards.length - some.length} more` : "";
    throw new UsageError(`${id} is no open shard; open are ${some.join(", ")}${more}`);
}

interface Chosen {
    readonly reshard: Exclude<Reshard, { kind: "update" }>;
    readonly what: string;
}

async function reshard(
    nameOrArn: string,
    { withoutLedger }: ReshardFlags,
    context: CommandContext,
    choose: (shards: readonly ShardRange[]) => Chosen,
): Promise<CommandResult> {
    return withStream(nameOrArn, context, async (live) => {
        const walker = new Walker({ live, progress: context.progress, withoutLedger });
        if (withoutLedger) context.print(withoutLedgerText(live.name));
        let begun: Chosen | undefined;
        let made: Step | undefined;
        try {
            const { shards } = await walker.ready();
            begun = choose(shards);
            const { kind } = begun.reshard;
            const why = fromCommandLine(`${kind} of ${begun.what}, from the command line.`, true);
            checkMade(await walker.reshard(begun.reshard, why));
            made = { kind, from: shards.length, to: shards.length + (kind === "split" ? 1 : -1) };
            await walker.settled(`${kind} ${begun.what}`);
            const { shards: after } = await walker.ready();
            await walker.done();
            return resultOf(live.name, begun, { shards, after, withoutLedger });
        } catch (error) {
            await walker.done();
            if (!(error instanceof Interrupted)) throw walker.ended(error);
            const text =
                made === undefined
                    ? "Interrupted; nothing was changed."
                    : `Interrupted while waiting; the ${made.kind} of ${begun!.what} goes on in AWS.`;
            const steps = made === undefined ? [] : [made];
            return {
                document: { stream: live.name, ...stepsDocument(steps), interrupted: true },
                text: () => text,
                exitCode: 1,
            };
        }
    });
}

interface Resharded extends ReshardFlags {
    readonly shards: readonly ShardRange[];
    readonly after: readonly ShardRange[];
}

function resultOf(
    stream: string,
    { reshard: { kind }, what }: Chosen,
    { shards: before, after, withoutLedger }: Resharded,
): CommandResult {
    const known = new Set(before.map(({ shardId }) => shardId));
    const opened = after.flatMap(({ shardId }) => (known.has(shardId) ? [] : [shardId]));
    const to = after.length;
    const done = `${kind === "split" ? "Split" : "Merged"} ${what}. New: ${opened.join(", ")}.`;
    return {
        document: {
            stream,
            ...stepsDocument([{ kind, from: before.length, to }]),
            opened,
            openShards: to,
            withoutLedger: withoutLedger === true,
        },
        text: () => `${done} ${stream} has ${count(to, "open shard")}.`,
        exitCode: 0,
    };
}
