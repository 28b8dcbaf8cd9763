/**
 * Shards as AWS cuts them: SplitShard and MergeShards, and UpdateShardCount as the splits and merges that it is made of.
 *
 * Written from AWS's documentation, not from the project: a fault in the one is no fault in the other.
 */

export interface ModelShard {
    readonly id: string;
    readonly number: number;
    readonly start: bigint;
    readonly end: bigint;
    readonly parent?: string;
    readonly adjacentParent?: string;
    readonly openedMs: number;
    closedMs?: number;
}

const space = 2n ** 128n;

/** The shards of one stream, open and closed. */
export class ShardTree {
    readonly all: ModelShard[] = [];
    /** In ring order; a new array for each change. */
    open: readonly ModelShard[] = [];
    #next = 0;

    constructor(shards: number, nowMs: number) {
        const cuts = uniformCuts(shards);
        this.open = cuts.map((start, at) => this.#born(start, (cuts[at + 1] ?? space) - 1n, nowMs));
    }

    #born(start: bigint, end: bigint, nowMs: number, parent?: ModelShard, adjacent?: ModelShard): ModelShard {
        const number = this.#next++;
        const shard: ModelShard = {
            id: `shardId-${String(number).padStart(12, "0")}`,
            number,
            start,
            end,
            ...(parent && { parent: parent.id }),
            ...(adjacent && { adjacentParent: adjacent.id }),
            openedMs: nowMs,
        };
        this.all.push(shard);
        return shard;
    }

    find(id: string): ModelShard | undefined {
        return this.open.find((shard) => shard.id === id);
    }

    /** `at` is the first hash key of the upper child. */
    split(shard: ModelShard, at: bigint, nowMs: number): void {
        shard.closedMs = nowMs;
        const children = [this.#born(shard.start, at - 1n, nowMs, shard), this.#born(at, shard.end, nowMs, shard)];
        this.open = this.open.flatMap((other) => (other === shard ? children : [other]));
    }

    merge(left: ModelShard, right: ModelShard, nowMs: number): void {
        left.closedMs = right.closedMs = nowMs;
        const child = this.#born(left.start, right.end, nowMs, left, right);
        this.open = this.open.flatMap((other) => (other === left ? [child] : other === right ? [] : [other]));
    }

    /** Cuts at each border of the even ranges and merges what lies between them. */
    update(target: number, nowMs: number): void {
        const cuts = uniformCuts(target);
        for (const cut of cuts) {
            const over = this.open.find((shard) => shard.start < cut && cut <= shard.end);
            if (over !== undefined) this.split(over, cut, nowMs);
        }
        for (let at = 0; at + 1 < this.open.length;) {
            if (cuts.includes(this.open[at + 1]!.start)) at++;
            else this.merge(this.open[at]!, this.open[at + 1]!, nowMs);
        }
    }

    /** The shards that were open at a time. */
    openAt(timeMs: number): ModelShard[] {
        return this.all.filter((shard) => shard.openedMs <= timeMs && (shard.closedMs ?? Infinity) > timeMs);
    }
}

/** The shares of the hash keys that open shards have. */
export function sharesOf(open: readonly ModelShard[]): number[] {
    return open.map((shard) => Number(((shard.end - shard.start + 1n) * 1_000_000_000n) / space) / 1e9);
}

/** Whether an UpdateShardCount to the same count would change nothing. */
export function isEven(open: readonly ModelShard[]): boolean {
    const shares = sharesOf(open);
    return Math.max(...shares) - Math.min(...shares) < 1e-6;
}

function uniformCuts(shards: number): bigint[] {
    return Array.from({ length: shards }, (_, at) => (space * BigInt(at)) / BigInt(shards));
}
