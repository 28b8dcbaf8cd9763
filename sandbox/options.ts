/**
 * The options of the sandbox, once: `startSandbox({ shardLimit: 10 })` and `--shard-limit 10` are the same row, with the same check.
 */
import { limits } from "../capacity/limits";
import { regionSpelling } from "../capacity/regions";

/** What startSandbox() and the command line both take. */
export interface SandboxSettings {
    /** Port of 127.0.0.1 to listen on, 0 to 65535; 0: any free one. @default 0 */
    readonly port?: number;
    /** The sandbox's own region, which ARNs carry. Clients of another region find that one, empty at first. @default "us-east-1" */
    readonly region?: string;
    /** The sandbox's own account, twelve digits. A client whose access key is another account's ID calls as that one. @default "123456789012" */
    readonly accountId?: string;
    /** Sandbox seconds per real second, above 0 and at most 1,000,000. @default 1 */
    readonly speed?: number;
    /** Sandbox seconds that a stream is CREATING, 0 to 86,400. @default 2 */
    readonly createSeconds?: number;
    /** Sandbox seconds that a stream is DELETING, 0 to 86,400. @default 2 */
    readonly deleteSeconds?: number;
    /**
     * Sandbox seconds that UpdateShardCount takes, 0 to 86,400.
     *
     * @default 60, and for more than ten shards of change 30 + 3 for each
     */
    readonly updateSeconds?: number;
    /** Sandbox seconds that SplitShard and MergeShards take, 0 to 86,400. @default 30 */
    readonly splitMergeSeconds?: number;
    /** Sandbox seconds that any other change of a stream takes (encryption, mode, record size), 0 to 86,400. @default 1 */
    readonly changeSeconds?: number;
    /** UpdateShardCount calls that a stream takes in any 24 hours, a whole number from 0 to 1,000,000. @default 10 */
    readonly updateQuota?: number;
    /** Shards that an account may have in a region, a whole number from 1 to 1,000,000. @default AWS's: 20,000 in us-east-1, us-west-2 and eu-west-1, else 1,000 */
    readonly shardLimit?: number;
    /** Whether control calls are held to AWS's rates (SplitShard 5 a second, DescribeLimits 1 ...). @default true */
    readonly callRates?: boolean;
    /** MiB of records that the process keeps in memory, over all streams of a region, above 0 and at most 1,048,576. @default 256 */
    readonly storageMiB?: number;
    /**
     * What happens beyond `storageMiB`: "dropOldest" forgets the oldest records before their retention is over, and says so once for each stream;
     * "refuse" refuses new ones with InternalFailure.
     *
     * @default "dropOldest"
     */
    readonly whenFull?: "dropOldest" | "refuse";
    /** Sandbox seconds after which a shard iterator has expired, above 0 and at most 1,000,000,000. @default 300 at speed 1; faster clocks multiply it */
    readonly iteratorSeconds?: number;
    /** Each record written counts as so many records of its size, in limits and metrics: a whole number from 1 to 1,000,000. @default 1 */
    readonly recordWeight?: number;
    /** How much of a burst a rested shard takes at once, in seconds of its write limits: above 0 and at most 1,000,000. @default 1 */
    readonly burstSeconds?: number;
    /** A Pulumi stack's file, such as Pulumi.sandbox.yaml, into which is written what points Pulumi's aws provider here. @default none */
    readonly pulumiConfig?: string;
}

export type OptionName = keyof SandboxSettings;

interface OptionRow {
    /** For the command line's help. */
    readonly says: string;
    readonly byDefault: string;
    readonly rule: Rule;
}

/** What a value must be: said in words, and checked. */
interface Rule {
    readonly words: string;
    readonly accepts: (value: unknown) => boolean;
    /** The value that a word of the command line means; what means none stays text, and is refused. */
    readonly read: (word: string) => unknown;
}

const secondsMax = limits.secondsPerHour * 24;
const duration = number({ least: 0, most: secondsMax });
const { shardWriteRecordsPerSecond: recordsPerSecond } = limits;

export const optionRows: { readonly [Name in OptionName]-?: OptionRow } = {
    port: {
        says: "listen on this port of 127.0.0.1",
        byDefault: "any free one",
        rule: number({ whole: true, least: 0, most: 65_535 }),
    },
    region: {
        says: "region that ARNs carry; clients of others find those, empty",
        byDefault: "us-east-1",
        rule: text(new RegExp(`^${regionSpelling}$`), "a region such as eu-west-1"),
    },
    accountId: {
        says: "account that ARNs carry",
        byDefault: "123456789012",
        rule: text(/^\d{12}$/, "an account ID of twelve digits"),
    },
    speed: { says: "sandbox seconds per real second", byDefault: "1", rule: number({ above: 0, most: 1e6 }) },
    createSeconds: { says: "seconds that a stream is CREATING", byDefault: "2", rule: duration },
    deleteSeconds: { says: "seconds that a stream is DELETING", byDefault: "2", rule: duration },
    updateSeconds: {
        says: "seconds that UpdateShardCount takes",
        byDefault: "60, and 30 + 3 a shard beyond ten",
        rule: duration,
    },
    splitMergeSeconds: { says: "seconds that SplitShard and MergeShards take", byDefault: "30", rule: duration },
    changeSeconds: { says: "seconds that any other change of a stream takes", byDefault: "1", rule: duration },
    updateQuota: {
        says: "UpdateShardCount calls of a stream in any 24 hours",
        byDefault: String(limits.updateShardCountCallsPer24Hours),
        rule: number({ whole: true, least: 0, most: 1e6 }),
    },
    shardLimit: {
        says: "shards that an account may have in a region",
        byDefault: "AWS's of the region",
        rule: number({ whole: true, least: 1, most: 1e6 }),
    },
    callRates: { says: "hold control calls to AWS's rates: on or off", byDefault: "on", rule: onOrOff() },
    storageMiB: {
        says: "MiB of records that are kept in memory",
        byDefault: "256",
        rule: number({ above: 0, most: 1_048_576 }),
    },
    whenFull: {
        says: "what happens beyond it to the oldest records, or to new ones",
        byDefault: "dropOldest",
        rule: text(/^(dropOldest|refuse)$/, "dropOldest or refuse"),
    },
    iteratorSeconds: {
        says: "seconds after which a shard iterator has expired",
        byDefault: "300, times a speed above 1",
        rule: number({ above: 0, most: 1e9 }),
    },
    recordWeight: {
        says: "each record counts as so many of its size",
        byDefault: "1",
        rule: number({ whole: true, least: 1, most: 1e6 }),
    },
    burstSeconds: {
        says: `burst that a rested shard takes, in seconds of ${recordsPerSecond} records and 1 MiB`,
        byDefault: "1",
        rule: number({ above: 0, most: 1e6 }),
    },
    pulumiConfig: {
        says: "write what points Pulumi's aws provider here into a stack's file, such as Pulumi.sandbox.yaml",
        byDefault: "none",
        rule: text(/./, "the name of a file"),
    },
};

export const optionNames = Object.keys(optionRows) as readonly OptionName[];

/** `shardLimit` -> `--shard-limit` */
export const flagOf = (name: OptionName): string =>
    `--${name.replace("MiB", "Mib").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** What is wrong with options of the API: one sentence each. */
export function problemsOf(options: object, further: readonly string[] = []): string[] {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return given.flatMap(([name, value]) => {
        if (Object.hasOwn(optionRows, name)) return problemOf(name, optionRows[name as OptionName].rule, value);
        if (further.includes(name)) return [];
        return [`${name}: not an option of the sandbox; it has ${[...optionNames, ...further].join(", ")}.`];
    });
}

/** What the flags of a command line mean, and what is wrong with them. */
export function settingsOfFlags(flags: Readonly<Record<string, string | undefined>>): {
    readonly settings: SandboxSettings;
    readonly problems: readonly string[];
} {
    const problems: string[] = [];
    const settings: Record<string, unknown> = {};
    for (const name of optionNames) {
        const flag = flagOf(name);
        const word = flags[flag];
        if (word === undefined) continue;
        const { rule } = optionRows[name];
        settings[name] = rule.read(word);
        if (!rule.accepts(settings[name])) problems.push(...problemOf(flag, rule, settings[name], word));
    }
    return { settings, problems };
}

function problemOf(name: string, rule: Rule, value: unknown, shown = value): string[] {
    if (rule.accepts(value)) return [];
    return [`${name}: ${JSON.stringify(shown) ?? String(shown)} is not ${rule.words}.`];
}

interface Range {
    readonly whole?: true;
    readonly least?: number;
    readonly above?: number;
    readonly most: number;
}

function number({ whole, least, above, most }: Range): Rule {
    const from = least === undefined ? `above ${above}` : `of at least ${least}`;
    return {
        words: `${whole ? "a whole number" : "a number"} ${from} and at most ${most}`,
        accepts: (value) =>
            typeof value === "number" &&
            value >= (least ?? -Infinity) &&
            value > (above ?? -Infinity) &&
            value <= most &&
            (!whole || Number.isInteger(value)),
        read: (word) => (word.trim() === "" ? word : Number(word)),
    };
}

function text(pattern: RegExp, words: string): Rule {
    return {
        words,
        accepts: (value) => typeof value === "string" && pattern.test(value),
        read: (word) => word,
    };
}

function onOrOff(): Rule {
    return {
        words: "true or false (on or off on the command line)",
        accepts: (value) => typeof value === "boolean",
        read: (word) => (word === "on" ? true : word === "off" ? false : word),
    };
}
