/**
 * A schedule: everything that happens to a stream and to those who work on it, as plain JSON. Played twice, it comes out the same.
 */

/** What the scaler is deployed with. */
export interface Deployment {
    readonly minShards: number;
    readonly maxShards: number;
    readonly peakShards: number;
    readonly maxReshardsPerDay: number;
    /** @default reactive */
    readonly mode?: "reactive" | "predictive";
    readonly paused: boolean;
    readonly dryRun: boolean;
}

/** Times are minutes of the schedule; fractions are seconds. */
export type ScheduledEvent = { readonly atMinute: number } & (
    | { readonly do: "run" }
    | { readonly do: "deploy"; readonly settings: Partial<Deployment> }
    | { readonly do: "command"; readonly args: readonly string[]; readonly interruptAfterSeconds?: number }
    | { readonly do: "foreign-update"; readonly factor: number }
    | { readonly do: "foreign-split"; readonly which: number; readonly weight: number }
    | { readonly do: "foreign-merge"; readonly which: number }
    | { readonly do: "delete-stream" }
    | { readonly do: "create-stream"; readonly shards: number }
    | { readonly do: "on-demand" }
    | { readonly do: "provisioned" }
    | { readonly do: "delete-ledger-item" }
    | { readonly do: "damage-ledger-item"; readonly how: "text" | "number" | "empty" }
    | { readonly do: "account-shards"; readonly shards: number }
    | { readonly do: "set-clock"; readonly byMinutes: number }
);

export type Service = "kinesis" | "cloudWatch" | "dynamoDb";

/** What may become of a request and its answer. The first row of a schedule that strikes a request counts. */
export const faultKinds = [
    /** The actor is gone, before its request left or after it was done. */
    "dies-before",
    "dies-after",
    /** No answer: the request never arrived, was done, or is done after everybody gave up on it. */
    "lost-before",
    "lost-after",
    "late",
    /** The connection breaks off after the request was done. */
    "reset",
    "unreachable",
    "slow",
    "throttled",
    /** A fault of AWS, nothing done or everything. */
    "error-before",
    "error-after",
    "denied",
    /** Answers: without some of their fields, of some seconds ago, without or with a wrong Date header. */
    "truncated",
    "stale",
    "no-date",
    "date-ahead",
    "date-behind",
    /** CloudWatch: later than usual, with gaps, twice, nothing written, and not Complete with or without data. */
    "metrics-late",
    "metrics-gaps",
    "metrics-doubled",
    "metrics-zero",
    "metrics-failed",
    "metrics-partial",
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Between two minutes, a share of the requests that fit is struck. */
export interface FaultWindow {
    readonly fromMinute: number;
    readonly toMinute: number;
    readonly kind: FaultKind;
    readonly service: Service;
    /** @default all */
    readonly operation?: string;
    /** @default all */
    readonly who?: "scaler" | "command";
    /** 0 to 1; each request throws its own dice. */
    readonly share: number;
}

export interface StreamSchedule {
    readonly arena: "stream";
    /** Of the latencies, and of which requests a share strikes. */
    readonly seed: number;
    readonly shards: number;
    /** Splits by hand before the first minute. */
    readonly splits: number;
    /** The stream's age, and how long it has had its load, before the first minute. */
    readonly historyMinutes: number;
    /** The days before had the course that this one has. @default they had the load of the first minute */
    readonly isDaily?: boolean;
    /** Where the scaler's ledger is: its own table, one that the stream's tag names, or there is no scaler. */
    readonly ledger: "own" | "shared" | "none";
    readonly deployment: Deployment;
    readonly accountShards: number;
    /** An UpdateShardCount takes about so long. */
    readonly updateSeconds: number;
    /** CloudWatch's usual delay after the end of a minute. */
    readonly metricsLateSeconds: number;
    /** Shards in a page of ListShards. */
    readonly shardsPerPage: number;
    /** Offered load in shards, from a minute on. */
    readonly load: readonly { readonly fromMinute: number; readonly shards: number }[];
    /** How often the scaler runs, from a minute on. */
    readonly cadence: readonly { readonly fromMinute: number; readonly everyMinutes: number }[];
    readonly events: readonly ScheduledEvent[];
    readonly faults: readonly FaultWindow[];
    /** The last fault and the last event are over. */
    readonly quietFromMinute: number;
}
