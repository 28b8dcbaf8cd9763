/**
 * The schema that every Pulumi language reads: true to the sources, to the checks and to the defaults of the components.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import * as components from "../../index";
import { componentProvider } from "../../plugin/serve";
import { run } from "../components/mocks";
import { allProperties, type Property, type Schema, typeBehind } from "./reading";

const root = path.join(__dirname, "../..");
const text = readFileSync(path.join(root, "plugin/schema.json"), "utf8");
const schema = JSON.parse(text) as Schema;
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as Record<string, unknown>;
const resource = (name: string) => schema.resources[`sharded-stream:index:${name}`]!;

describe("the schema of the components", () => {
    it("is what `npm run schema` makes of the sources", function () {
        this.timeout(120_000);
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript
        const { schemaText } = require("../../scripts/schema") as { schemaText(): string };
        assert.equal(schemaText(), text, "The sources say something else: run npm run schema.");
    });

    it("has each component under the token of its class, and every type beside them", () => {
        const classes = Object.values(components).filter(
            (exported): exported is typeof components.ShardedStream =>
                typeof exported === "function" && "__pulumiType" in exported,
        );
        assert.deepEqual(
            Object.keys(schema.resources),
            classes.map((component) => component.__pulumiType),
        );
        for (const token of [...Object.keys(schema.resources), ...Object.keys(schema.types)])
            assert.match(token, /^sharded-stream:index:[A-Z][A-Za-z]+$/);
        // Each language adds Args to the name of a type where it is an input.
        assert.deepEqual(
            Object.keys(schema.types).filter((token) => token.endsWith("Args")),
            [],
        );
    });

    it("names the package as its manifest does", () => {
        assert.deepEqual(
            [schema.name, schema.displayName, schema.description, schema.license],
            [manifest.name, "Sharded Stream", manifest.description, manifest.license],
        );
    });

    const outputs = {
        ShardedStream: [
            ["streamName", "streamArn", "topicArn", "producerPolicy", "consumerPolicy"],
            ["shardCount", "dashboardName", "scalerFunctionName", "ledgerTableName"],
        ],
        StreamAlarms: [["topicArn", "alarmNames"], []],
        StreamAutoscaler: [["functionName", "functionArn", "ledgerTableName", "logGroupName"], []],
        StreamConsumerFunction: [
            ["eventSourceMappingId", "failureDestinationArn", "readPolicy", "topicArn", "alarmNames"],
            [],
        ],
        StreamDashboard: [["dashboardName"], []],
    };
    for (const [name, [always, sometimes]] of Object.entries(outputs)) {
        it(`${name} hands out ${[...always!, ...sometimes!].join(", ")} and nothing else`, () => {
            assert.deepEqual(Object.keys(resource(name).properties).sort(), [...always!, ...sometimes!].sort());
            assert.deepEqual([...resource(name).required].sort(), [...always!].sort());
        });
    }

    it("needs what cannot be left out, and no more", () => {
        const required = Object.entries(schema.resources).map(([token, { requiredInputs }]) => [
            token.split(":").at(-1),
            requiredInputs,
        ]);
        assert.deepEqual(Object.fromEntries(required), {
            ShardedStream: ["requirements"],
            StreamAlarms: ["stream"],
            StreamAutoscaler: ["streamName", "streamArn", "minShards", "maxShards"],
            StreamConsumerFunction: ["stream", "function"],
            StreamDashboard: ["stream"],
        });
    });

    it("says of every argument what it means, and what it is by default or that it is required", () => {
        const vague = allProperties(schema).filter(
            ([name, { description = "" }]) => !name.includes("Autoscaler") && !/Default: |Required\./.test(description),
        );
        assert.deepEqual(
            vague.map(([name]) => name),
            [],
        );
        for (const [token, { description = "" }] of [
            ...Object.entries(schema.types),
            ...Object.entries(schema.resources),
        ])
            assert.match(description, /\.$/, token);
    });

    const rows: readonly (readonly [string, Omit<Property, "description">])[] = [
        ["ShardedStream shardCount", { type: "integer" }],
        ["ShardedStream retentionHours", { type: "integer", default: 24 }],
        ["ShardedStream hold", { type: "boolean", plain: true, default: false }],
        [
            "ShardedStream capacityMode",
            { $ref: "#/types/sharded-stream:index:CapacityMode", plain: true, default: "provisioned" },
        ],
        ["ShardedStream consumers", { type: "array", plain: true, items: { type: "string", plain: true } }],
        ["ShardedStream writers", { type: "array", plain: true, items: { type: "string" } }],
        ["ShardedStream tags", { type: "object", additionalProperties: { type: "string" } }],
        [
            "ShardedStream shardLevelMetrics",
            {
                type: "array",
                items: {
                    oneOf: [
                        { type: "string" },
                        { type: "string", $ref: "#/types/sharded-stream:index:ShardLevelMetric" },
                    ],
                },
            },
        ],
        ["Requirements writeMiBPerSecond", { type: "number" }],
        // Without its default, which Pulumi's SDK in Go cannot have in what is plain and required.
        ["Requirements orderedLanes", { type: "integer" }],
        ["Requirements headroom", { type: "number" }],
        ["Scaling maxReshardsPerDay", { type: "integer", default: 48 }],
        ["Scaling refusedShareSlo", { type: "number", default: 0.001 }],
        [
            "Scaling mode",
            {
                oneOf: [{ type: "string" }, { type: "string", $ref: "#/types/sharded-stream:index:ScalingMode" }],
                default: "predictive",
            },
        ],
        ["Alarm threshold", { type: "number" }],
        ["Alarm periodSeconds", { type: "integer" }],
        ["StreamConsumerFunction maximumRetryAttempts", { type: "integer", default: 60 }],
    ];
    for (const [name, expected] of rows) {
        it(`${name} is ${JSON.stringify(expected)}`, () => {
            const [, property] = allProperties(schema).find(([known]) => known === name)!;
            assert.deepEqual({ ...property, description: undefined }, { ...expected, description: undefined });
        });
    }

    const names = {
        Architecture: ["arm64", "x86_64"],
        CapacityMode: ["provisioned", "on-demand"],
        MissingData: ["missing", "ignore", "notBreaching", "breaching"],
        ScalingMode: ["reactive", "predictive"],
        ScalingNotify: ["off", "all", "failures"],
        ShardLevelMetric: [
            "IncomingBytes",
            "IncomingRecords",
            "OutgoingBytes",
            "OutgoingRecords",
            "WriteProvisionedThroughputExceeded",
            "ReadProvisionedThroughputExceeded",
            "IteratorAgeMilliseconds",
        ],
        StartingPosition: ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"],
        StreamProvider: ["aws", "aws-native"],
    };
    it("lists the names of what has names", () => {
        const listed = Object.entries(schema.types)
            .filter(([, type]) => type.enum !== undefined)
            .map(([token, type]) => [token.split(":").at(-1), type.enum!.map(({ value }) => value)]);
        assert.deepEqual(Object.fromEntries(listed), names);
    });
});

/** What is declared of each component, with every part that has defaults of its own. */
const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
const alarmsOf = (type: string) =>
    Object.fromEntries(
        Object.keys(schema.types[`sharded-stream:index:${type}`]!.properties!).map((name) => [name, {}]),
    );
const declared: Readonly<Record<string, readonly object[]>> = {
    ShardedStream: [
        { requirements },
        { requirements, scaling: { maxShards: 16 }, notifications: {}, alarms: alarmsOf("Alarms") },
        { requirements, capacityMode: "on-demand", consumers: ["billing"] },
    ],
    StreamAlarms: [{ stream: "orders" }, { stream: "orders", requirements, shardCount: 4, shardLevelMetrics: [] }],
    StreamAutoscaler: [
        {
            streamName: "orders",
            streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
            topicArn: "arn:aws:sns:us-east-1:123456789012:oncall",
            minShards: 2,
            maxShards: 16,
            alarms: alarmsOf("ScalerAlarms"),
        },
    ],
    StreamConsumerFunction: [
        {
            stream: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
            function: "billing",
            alarms: alarmsOf("FunctionAlarms"),
        },
        {
            stream: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
            function: "billing",
            requirements,
            processingMillisecondsPerRecord: 4,
        },
    ],
    StreamDashboard: [{ stream: "orders", requirements, shardCount: 4 }],
};

describe("a default of the schema, which an SDK fills in, changes nothing", () => {
    for (const [name, each] of Object.entries(declared)) {
        each.forEach((args, index) =>
            it(`of ${name}, declaration ${index + 1}`, async () => {
                const Component = components[name as "ShardedStream"];
                const deploy = (given: object) =>
                    run(() => new Component("orders", given as never)).then(({ registered }) =>
                        registered
                            // The arguments themselves, and what is another in each deployment.
                            .filter(({ type }) => !/^(sharded-stream|pulumi):/.test(type))
                            // The archive of the scaler's code is made of promises, which are never the same.
                            .map(({ type, name: called, inputs }) => ({ type, called, inputs: JSON.stringify(inputs) }))
                            .sort((left, right) => (left.type + left.called < right.type + right.called ? -1 : 1)),
                    );
                const filled = filledIn(args, resource(name).inputProperties);
                assert.notDeepEqual(filled, args);
                assert.deepEqual(await deploy(filled), await deploy(args));
            }),
        );
    }
});

/** The arguments as an SDK sends them: with every default of what is declared. */
function filledIn(args: object, properties: Readonly<Record<string, Property>>): object {
    const given = args as Readonly<Record<string, unknown>>;
    const entries = Object.entries(properties).map(([name, property]) => {
        const inner = typeBehind(schema, property)?.properties;
        const value = given[name];
        const isObject = inner !== undefined && typeof value === "object" && value !== null;
        return [name, isObject ? filledIn(value, inner) : (value ?? property.default)];
    });
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as object;
}

describe("the plugin's provider", () => {
    const construct = (type: string, args: pulumi.Inputs) =>
        run(() => componentProvider().construct!("orders", type, args, {}));

    it("answers with the schema under the version of the package", () => {
        const { version, schema: served } = componentProvider();
        assert.equal(version, manifest.version);
        assert.deepEqual(JSON.parse(served!), { ...schema, version });
    });

    it("builds a component and hands out what the schema says", async () => {
        const { value, registered } = await construct("sharded-stream:index:ShardedStream", {
            requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 },
        });
        const { state } = await value;
        assert.deepEqual(Object.keys(state), Object.keys(resource("ShardedStream").properties));
        assert.ok(registered.some(({ type }) => type === "aws:kinesis/stream:Stream"));
    });

    it("refuses malformed arguments with each problem once, by its property", async () => {
        const malformed = { requirements: { writeMiBPerSecond: 0, recordsPerSecond: 2500 }, retentionHours: 9_000 };
        const error = await construct("sharded-stream:index:ShardedStream", malformed).then(
            ({ value }) => value,
            (thrown: unknown) => thrown,
        );
        assert.ok(error instanceof Error && "errors" in error);
        assert.equal(error.message, 'ShardedStream "orders": 2 arguments are malformed.');
        assert.deepEqual(error.errors, [
            {
                propertyPath: "requirements.writeMiBPerSecond",
                reason: "0 is not allowed; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.",
            },
            {
                propertyPath: "retentionHours",
                reason: "9,000 is not allowed; it must be a whole number from 24 to 8,760. Kinesis keeps records for at least a day and at most a year.",
            },
        ]);
    });

    it("names what it has where it is asked for something else", async () => {
        await assert.rejects(
            async () => (await construct("sharded-stream:index:Stream", {})).value,
            new Error(
                `sharded-stream:index:Stream of "orders" is no component of sharded-stream; it has ${Object.keys(schema.resources).join(", ")}.`,
            ),
        );
    });
});
