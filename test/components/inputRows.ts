/**
 * Every argument that may come later, of every component: two values that make a difference, and one that is malformed. Which arguments
 * there are is read from the sources, so that a new one without a row is seen.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

export interface InputRow {
    readonly values: readonly [unknown, unknown];
    readonly malformed: unknown;
    /** Beside which other arguments it is shown, instead of the component's base. */
    readonly beside?: Readonly<Record<string, unknown>>;
    /** Whether it decides which resources there are, so that an Output must not turn out to hold nothing. */
    readonly deciding?: boolean;
    /** Where it comes later, resources are there that need it, and stay silent if it holds nothing. */
    readonly presumed?: boolean;
    /** Changes no child: other arguments decide, or there is no other value. */
    readonly idle?: boolean;
    /** Malformed beside another argument, so that it is shown without the others. */
    readonly alone?: boolean;
    /** Has a place of its own among the children, so that others of the kind may be given beside it. */
    readonly ownPlace?: boolean;
    /** A plain list of values that may come later. */
    readonly list?: boolean;
}

export interface ComponentRows {
    /** The interface of the arguments. */
    readonly args: string;
    /** The required arguments, by path. */
    readonly required: Readonly<Record<string, unknown>>;
    /** What is given beside them, by path, so that most of the children are there. */
    readonly base: Readonly<Record<string, unknown>>;
    readonly inputs: Readonly<Record<string, InputRow>>;
    /** What the interface has and the component refuses, plain or not. */
    readonly elsewhere?: readonly string[];
}

const row = (a: unknown, b: unknown, malformed: unknown, more: Partial<InputRow> = {}): InputRow => ({
    values: [a, b],
    malformed,
    ...more,
});

const under = (prefix: string, rows: Readonly<Record<string, InputRow>>, more: Partial<InputRow> = {}) =>
    Object.fromEntries(Object.entries(rows).map(([name, each]) => [`${prefix}.${name}`, { ...each, ...more }]));

const requirements: Readonly<Record<string, InputRow>> = {
    writeMiBPerSecond: row(3.5, 9.5, 0),
    recordsPerSecond: row(2500, 12_000, "many"),
    orderedLanes: row(4, 40, 0.5),
    distinctKeys: row(100_000, 50, 0, { idle: true }),
    hottestKeyShare: row(0.01, 0.5, 1.5, { idle: true }),
    heaviestKeyShares: row([0.01], [0.5], [1.5], { idle: true, alone: true }),
    explicitHashKeys: row(false, true, "no", { idle: true }),
    keysMayRaiseShards: row(2, 3, 0, { idle: true }),
    sharedConsumers: row(1, 5, -1),
    pollsPerSecondPerConsumer: row(1, 3, 0, { idle: true }),
    fanOutConsumers: row(0, 3, -1, { idle: true }),
    catchUpFactor: row(1, 4, 0.5),
    consumerOutageHours: row(12, 64, 9_000, { idle: true }),
    maxRecordKiB: row(1024, 4096, 20_000),
    recordSizes: row(
        [{ sizeKiB: 1.4, share: 1 }],
        [
            { sizeKiB: 1, share: 0.5 },
            { sizeKiB: 2, share: 0.5 },
        ],
        [{ sizeKiB: 0, share: 1 }],
        { idle: true, alone: true },
    ),
    headroom: row(0.2, 2, 11),
};

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const keyArn = (id: string) => `arn:aws:kms:us-east-1:123456789012:key/${id}`;

const region = row("us-east-1", "eu-west-1", "Ohio");

const scaling: Readonly<Record<string, InputRow>> = {
    minShards: row(4, 5, 0),
    maxShards: row(10, 12, 0),
    mode: row("reactive", "predictive", "eager"),
    maxReshardsPerDay: row(48, 50, -1),
    refusedShareSlo: row(0.001, 0.002, 0.2),
    everyMinutes: row(1, 2, 0),
    paused: row(false, true, "no"),
    dryRun: row(false, true, "no"),
    logRetentionDays: row(30, 7, 31),
    ledgerTable: row("ledgers", "ledgers-2", "a:b", { deciding: true }),
    kmsKeyArn: row(keyArn("a"), keyArn("b"), keyId),
    architecture: row("x86_64", "arm64", "risc"),
    permissionsBoundary: row("arn:aws:iam::123456789012:policy/a", "arn:aws:iam::123456789012:policy/b", "a"),
    rolePath: row("/a/", "/b/", "a"),
};

/** Over which time an alarm looks, and what missing data are. */
const windowOf = (alarm: string, rules?: InputRow): Readonly<Record<string, InputRow>> => ({
    [`${alarm}.periodSeconds`]: row(600, 900, 90),
    [`${alarm}.evaluationPeriods`]: row(3, 4, 0),
    [`${alarm}.datapointsToAlarm`]: row(1, 2, 0),
    ...(rules && { [`${alarm}.treatMissingData`]: rules }),
});

const anyRule = row("missing", "breaching", "never");
/** Beside the alarm that goes by it. */
const ignoredAlone = row("ignore", "ignore", "never", { idle: true });

const streamAlarms: Readonly<Record<string, InputRow>> = {
    "highIncomingRecords.threshold": row(900, 901, -1),
    ...windowOf("highIncomingRecords", anyRule),
    "writeThrottling.threshold": row(1, 2, -1),
    ...windowOf("writeThrottling", anyRule),
    "readThrottling.threshold": row(1, 2, -1),
    ...windowOf("readThrottling", anyRule),
    "iteratorAge.threshold": row(60, 61, -1),
    ...windowOf("iteratorAge", ignoredAlone),
    "writeUtilization.threshold": row(70, 71, 101),
    ...windowOf("writeUtilization", anyRule),
    "hotShard.threshold": row(70, 71, 101),
    ...windowOf("hotShard", anyRule),
    ...windowOf("consumerSilent"),
    "fanOutLag.threshold": row(60, 61, -1),
    ...windowOf("fanOutLag", ignoredAlone),
    ...windowOf("fanOutSilent"),
};

const scalerAlarms: Readonly<Record<string, InputRow>> = {
    "scalerFailing.threshold": row(1, 2, -1),
    ...windowOf("scalerFailing", anyRule),
    "scalerSilent.threshold": row(2, 3, 25),
    ...windowOf("scalerSilent", anyRule),
    // The hours of the threshold would say the same.
    "scalerSilent.evaluationPeriods": row(3, 4, 0, { alone: true }),
};

const functionAlarms: Readonly<Record<string, InputRow>> = {
    "functionBehind.threshold": row(60, 61, -1),
    ...windowOf("functionBehind", anyRule),
    ...windowOf("functionSilent"),
    "functionFailing.threshold": row(1, 2, -1),
    ...windowOf("functionFailing", anyRule),
    "functionThrottled.threshold": row(1, 2, -1),
    ...windowOf("functionThrottled", anyRule),
    "recordsGivenUp.threshold": row(1, 2, -1),
    ...windowOf("recordsGivenUp", anyRule),
};

const topic = (name: string) => `arn:aws:sns:us-east-1:123456789012:${name}`;

const notifications: Readonly<Record<string, InputRow>> = {
    topicArn: row(topic("oncall"), topic("team"), "oncall", { deciding: true }),
    topicKmsKeyId: row(keyId, keyArn("other"), "alias/aws/sns"),
};

const queue = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;
const ordersArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";

const tags = row({ team: "shop" }, { team: "web" }, { "aws:team": "shop" });
const shardLevelMetrics = row(["IncomingBytes"], ["IncomingRecords"], ["IncomingMessages"], { presumed: true });
const retentionHours = row(24, 48, 12);
const hotShards = { shardLevelMetrics: ["IncomingBytes", "IncomingRecords"] };
/** The two that requirements cannot do without. */
export const load = { "requirements.writeMiBPerSecond": 3.5, "requirements.recordsPerSecond": 2500 };

/** What a stream that exists already is told by. */
const existing: Readonly<Record<string, InputRow>> = {
    stream: row("clicks", "arn:aws:kinesis:us-east-1:123456789012:stream/other", "c l"),
    ...under("requirements", requirements, { beside: { ...hotShards, ...load }, idle: true }),
    "requirements.recordsPerSecond": { ...requirements.recordsPerSecond!, beside: { ...hotShards, ...load } },
    shardCount: row(2, 3, 0, { deciding: true }),
    retentionHours,
    shardLevelMetrics,
};

const scaled = { scaling: { notify: "all" } };
const fanOut = { consumers: ["audit"], shardLevelMetrics: ["IncomingBytes"] };

export const components: Readonly<Record<string, ComponentRows>> = {
    ShardedStream: {
        args: "ShardedStreamArgs",
        required: load,
        base: { shardLevelMetrics: ["IncomingBytes"] },
        inputs: {
            ...under("requirements", requirements),
            shardCount: row(5, 6, 0),
            streamName: row("orders", "orders.live", "or ders"),
            warmThroughputMiBps: row(100, 200, 20_000, { beside: { ...load, capacityMode: "on-demand" }, alone: true }),
            retentionHours,
            maxRecordKiB: row(1024, 2048, 100),
            kmsKeyId: row(keyId, "alias/orders", ""),
            shardLevelMetrics,
            enforceConsumerDeletion: row(false, true, "no"),
            ...under("scaling", scaling, { beside: scaled }),
            ...under("alarms", streamAlarms, { beside: { ...scaled, ...fanOut } }),
            ...under("alarms", scalerAlarms, { beside: { ...scaled, ...fanOut } }),
            ...under("notifications", notifications),
            "notifications.topicKmsKeyId": { ...notifications.topicKmsKeyId!, beside: scaled },
            writers: row(["210987654321"], ["arn:aws:iam::210987654321:role/shop"], ["shop"], {
                list: true,
                beside: { kmsKeyId: keyId },
            }),
            region,
            tags: { ...tags, beside: { ...scaled, consumers: ["audit"] } },
        },
    },
    StreamAlarms: {
        args: "StreamAlarmsArgs",
        required: { stream: "clicks" },
        base: { ...hotShards, ...load, shardCount: 2 },
        inputs: {
            ...existing,
            scalerFunctionArn: row(
                "arn:aws:lambda:us-east-1:123456789012:function:a",
                "arn:aws:lambda:us-east-1:123456789012:function:b",
                "a",
                { deciding: true, alone: true, beside: { scaled: true } },
            ),
            region,
            ...under("alarms", streamAlarms, { beside: { ...hotShards, ...load, shardCount: 2, ...fanOut } }),
            "alarms.highIncomingRecords.threshold": {
                ...streamAlarms["highIncomingRecords.threshold"]!,
                deciding: true,
                beside: hotShards,
            },
            ...under("notifications", notifications),
            tags,
        },
        elsewhere: Object.keys(under("alarms", scalerAlarms)),
    },
    StreamDashboard: {
        args: "StreamDashboardArgs",
        required: { stream: "clicks" },
        base: { ...hotShards, ...load, shardCount: 2 },
        inputs: {
            ...existing,
            shardCount: row(2, 3, 0),
            shardLevelMetrics: { ...shardLevelMetrics, presumed: false },
            region,
            scalerLogGroup: row("/aws/lambda/a", "/aws/lambda/b", "a b"),
        },
    },
    StreamAutoscaler: {
        args: "StreamAutoscalerArgs",
        required: {
            streamName: "orders",
            streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
            minShards: 2,
            maxShards: 16,
        },
        base: { topicArn: topic("oncall"), notify: "all" },
        inputs: {
            ...scaling,
            streamName: row("orders", "orders", "or ders", { idle: true }),
            streamArn: row(
                "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
                "arn:aws:kinesis:us-east-1:210987654321:stream/orders",
                "orders",
            ),
            minShards: row(2, 3, 0),
            maxShards: row(16, 17, 0),
            peakShards: row(8, 9, 0),
            invokedByAlarms: row(["a"], ["b"], [""], { list: true }),
            topicArn: row(topic("oncall"), topic("team"), "oncall", { deciding: true, beside: {} }),
            ...under("alarms", scalerAlarms),
            topicKmsKeyArn: row(keyArn("a"), keyArn("b"), keyId),
            // It must be that of the stream's ARN.
            region: row("us-east-1", "us-east-1", "Ohio", { idle: true }),
            tags,
        },
    },
    StreamConsumerFunction: {
        args: "StreamConsumerFunctionArgs",
        required: { stream: ordersArn, function: "billing" },
        base: { ...load, role: "billing", processingMillisecondsPerRecord: 4 },
        inputs: {
            stream: row(ordersArn, `${ordersArn}-2`, "orders"),
            function: row("billing", "arn:aws:lambda:us-east-1:123456789012:function:audit:live", "b i"),
            role: row("billing", "arn:aws:iam::123456789012:role/a/audit", "b i", { deciding: true, ownPlace: true }),
            consumer: row(`${ordersArn}/consumer/a:1`, `${ordersArn}/consumer/b:1`, "a", { ownPlace: true }),
            ...under("requirements", requirements, {
                beside: { ...load, processingMillisecondsPerRecord: 4 },
                idle: true,
            }),
            shardCount: row(5, 1, 0),
            retentionHours,
            kmsKeyId: row(keyId, "alias/orders", "", { ownPlace: true }),
            processingMillisecondsPerRecord: row(4, 9, 0),
            processingMillisecondsPerBatch: row(0, 500, -1),
            functionTimeoutSeconds: row(30, 900, 901),
            batchSize: row(100, 500, 0, { ownPlace: true }),
            batchingWindowSeconds: row(0, 5, 301, { ownPlace: true }),
            parallelizationFactor: row(2, 3, 11, { ownPlace: true }),
            bisectBatchOnError: row(true, false, "yes", { ownPlace: true }),
            maximumRetryAttempts: row(60, -1, -2, { ownPlace: true }),
            maximumRecordAgeSeconds: row(3600, -1, 59),
            reportBatchItemFailures: row(false, true, "no", { ownPlace: true }),
            startingPosition: row("TRIM_HORIZON", "LATEST", "NOW", { ownPlace: true }),
            startingPositionTimestamp: row("2026-11-02T12:00:00Z", "2026-11-02T13:00:00Z", "noon", {
                beside: { startingPosition: "AT_TIMESTAMP" },
                alone: true,
            }),
            failureQueueArn: row(queue("a"), queue("b"), "a", { deciding: true }),
            failureTopicArn: row(topic("a"), topic("b"), "a", { deciding: true, alone: true, beside: {} }),
            ...under("alarms", functionAlarms),
            ...under("notifications", notifications),
            // It must be that of the stream's ARN.
            region: row("us-east-1", "us-east-1", "Ohio", { idle: true }),
            tags: { ...tags, ownPlace: true },
        },
    },
};

/** The paths of all arguments of an interface that are Inputs, or lists of them. */
export function inputPaths(interfaceName: string): string[] {
    const { members, parents } = interfaces().get(interfaceName)!;
    const inherited = parents.flatMap(inputPaths);
    const own = members.flatMap(([name, type]) => {
        if (/^pulumi\.Input</.test(type)) return [name];
        const inner = type.replace(/ \| undefined$/, "");
        return interfaces().has(inner) ? inputPaths(inner).map((below) => `${name}.${below}`) : [];
    });
    return [...new Set([...inherited, ...own])].sort();
}

interface Declared {
    /** Name and type, as they are written. */
    readonly members: readonly (readonly [name: string, type: string])[];
    readonly parents: readonly string[];
}

let read: Map<string, Declared> | undefined;

/** The interfaces of components/, as they are written. */
function interfaces(): ReadonlyMap<string, Declared> {
    if (read !== undefined) return read;
    read = new Map();
    const folder = path.join(__dirname, "../../components");
    for (const file of ts.sys.readDirectory(folder, [".ts"])) {
        const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
        for (const statement of source.statements.filter(ts.isInterfaceDeclaration)) {
            const members = statement.members
                .filter(ts.isPropertySignature)
                .map((member) => [member.name.getText(), member.type!.getText()] as const);
            const parents = (statement.heritageClauses ?? []).flatMap(({ types }) =>
                types.map((type) => type.getText()),
            );
            read.set(statement.name.text, { members, parents });
        }
    }
    return read;
}
