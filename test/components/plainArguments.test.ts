/** What decides which resources there are is plain: a value of it that comes later is refused, never read as another one. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { comingLater, notYetKnown } from "../../capacity/checks";
import { consumerFunctionProblems } from "../../capacity/consumerFunctionArgs";
import { type Problem } from "../../capacity/problems";
import {
    shardedStreamProblems,
    streamAlarmsProblems,
    streamAutoscalerProblems,
    streamDashboardProblems,
} from "../../capacity/streamArgs";
import { scalerAlarmNames } from "../../capacity/watching/alarms";
import * as components from "../../index";
import { type Property, type Schema, typeBehind } from "../plugin/reading";
import { run, unknown } from "./mocks";

type Component = new (name: string, args: never) => pulumi.ComponentResource;

const root = path.join(__dirname, "../..");
const schema = JSON.parse(readFileSync(path.join(root, "plugin/schema.json"), "utf8")) as Schema;
const checks: Readonly<Record<string, (args: unknown) => readonly Problem[]>> = {
    ShardedStream: shardedStreamProblems,
    StreamAlarms: streamAlarmsProblems,
    StreamAutoscaler: streamAutoscalerProblems,
    StreamConsumerFunction: consumerFunctionProblems,
    StreamDashboard: streamDashboardProblems,
};

/** A place among the arguments: names, and 0 for the first entry of a list. */
type Place = readonly (string | 0)[];

/** Every place of a component's arguments, and whether the schema calls it plain. */
function placesOf(component: string): (readonly [place: Place, isPlain: boolean])[] {
    const within = (property: Property, place: Place): (readonly [Place, boolean])[] => [
        [place, property.plain === true],
        ...(property.items ? within(property.items, [...place, 0]) : []),
        ...Object.entries(typeBehind(schema, property)?.properties ?? {}).flatMap(([name, inner]) =>
            within(inner, [...place, name]),
        ),
    ];
    const { inputProperties } = schema.resources[`sharded-stream:index:${component}`]!;
    const all = Object.entries(inputProperties).flatMap(([name, property]) => within(property, [name]));
    // Of the alarms that share a type, those on the scaler are set where the scaler is.
    return all.filter(([[first, second]]) => component !== "StreamAlarms" || first !== "alarms" || !isOfScaler(second));
}

const isOfScaler = (alarm: string | 0 | undefined) => scalerAlarmNames.some((name) => name === alarm);

const argsWith = (place: Place, value: unknown) =>
    place.reduceRight((inner, key) => (key === 0 ? [inner] : { [key]: inner }), value);

const written = (place: Place) =>
    place
        .map((key) => (key === 0 ? "[0]" : `.${key}`))
        .join("")
        .slice(1);

describe("an argument that comes later", () => {
    for (const [component, problemsOf] of Object.entries(checks)) {
        it(`is refused of a ${component} where the schema calls it plain, and nowhere else`, () => {
            const refused = placesOf(component).filter(([place]) =>
                problemsOf(argsWith(place, notYetKnown)).some(
                    ({ property, value }) => property === written(place) && value === comingLater,
                ),
            );
            // Of requirements each value may come later, and all together as well.
            const plain = placesOf(component).filter(([[first], isPlain]) => isPlain && first !== "requirements");
            assert.deepEqual(
                refused.map(([place]) => written(place)),
                plain.map(([place]) => written(place)),
            );
        });
    }

    it("is named in the docs where it is refused", () => {
        const page = readFileSync(path.join(root, "docs/components.md"), "utf8").replace(/\n/g, " ");
        const [, sentence = ""] = /These are plain: (.+?) An `Output` for one/.exec(page) ?? [];
        const alarm = (place: Place) => place[0] === "alarms" && place.length === 2;
        const names = Object.keys(checks)
            .flatMap(placesOf)
            .filter(([place, isPlain]) => isPlain && place[0] !== "requirements" && !alarm(place) && place.at(-1) !== 0)
            .map(([place]) => String(place.at(-1)));
        const named = [...sentence.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
        assert.deepEqual([...new Set(named)].sort(), [...new Set(names)].sort());
    });
});

const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
const load = { requirements, streamName: "orders" };
const stream = { stream: "orders" };
const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const scaler = { streamName: "orders", streamArn, minShards: 1, maxShards: 4 };
const reading = { stream: streamArn, function: "billing" };
const later = (value: unknown) => pulumi.output(value);
const leftOut = "Leave it out for the default.";

const refusals: readonly [component: string, args: object, problems: readonly string[]][] = [
    [
        "ShardedStream",
        {
            ...load,
            hold: later(false),
            capacityMode: later("on-demand"),
            streamProvider: Promise.resolve("aws-native"),
            scaling: later({ maxShards: 9 }),
            dashboard: later(false),
            consumers: later(["billing"]),
            writers: pulumi.secret([]),
        },
        [
            `hold: a value that comes later is not allowed; it must be true or false, plain. ${leftOut}`,
            "capacityMode: a value that comes later is not allowed; it must be one of provisioned, on-demand, plain. Leave it out for provisioned shards.",
            "streamProvider: a value that comes later is not allowed; it must be one of aws, aws-native, plain. Leave it out for the aws provider.",
            "scaling: a value that comes later is not allowed; it must be an object, plain. Give named properties.",
            `dashboard: a value that comes later is not allowed; it must be true or false, plain. ${leftOut}`,
            "consumers: a value that comes later is not allowed; it must be a list, plain. List the consumers' names.",
            "writers: a value that comes later is not allowed; it must be a list, plain. List IDs of accounts, or ARNs of roles and users.",
        ],
    ],
    [
        "ShardedStream",
        {
            ...load,
            scaling: { notify: later("all") },
            alarms: { readThrottling: { enabled: later(false) }, hotShard: later({ enabled: false }) },
            notifications: { emails: ["oncall@example.com", later("team@example.com")] },
            consumers: [later("billing")],
            kmsKeyId: "alias/orders",
            readers: [{ principal: later("210987654321"), consumer: later("billing") }],
        },
        [
            "scaling.notify: a value that comes later is not allowed; it must be one of off, all, failures, plain. Leave it out and the topic is told of no reshard.",
            `alarms.readThrottling.enabled: a value that comes later is not allowed; it must be true or false, plain. ${leftOut}`,
            "alarms.hotShard: a value that comes later is not allowed; it must be an object, plain. Give named properties.",
            "notifications.emails[1]: a value that comes later is not allowed; it must be an email address, plain. Give an address such as oncall@example.com.",
            "consumers[0]: a value that comes later is not allowed; it must be 1 to 128 letters, digits, underscores, dots and hyphens, plain. Give the consumer a name that Kinesis accepts.",
            "readers[0].consumer: a value that comes later is not allowed; it must be 1 to 128 letters, digits, underscores, dots and hyphens, plain. Give the name of a registered consumer.",
        ],
    ],
    [
        "StreamAlarms",
        { ...stream, scaled: later(true), alarms: later({}), notifications: unknown(), consumers: later([]) },
        [
            "consumers: a value that comes later is not allowed; it must be a list, plain. List the consumers' names.",
            `scaled: a value that comes later is not allowed; it must be true or false, plain. ${leftOut}`,
            "alarms: a value that comes later is not allowed; it must be an object, plain. Give named properties.",
            "notifications: a value that comes later is not allowed; it must be an object, plain. Give named properties.",
        ],
    ],
    [
        "StreamAutoscaler",
        { ...scaler, invokedByAlarms: later(["orders-WriteUtilization"]) },
        [
            "invokedByAlarms: a value that comes later is not allowed; it must be a list, plain. List the names of alarms.",
        ],
    ],
    [
        "StreamConsumerFunction",
        { ...reading, enabled: later(false) },
        [`enabled: a value that comes later is not allowed; it must be true or false, plain. ${leftOut}`],
    ],
    [
        "StreamAlarms",
        { ...stream, requirements: later(undefined) },
        [
            "requirements: missing; it must be there, because resources are declared or left out by it. Leave it out, or give an Output that always holds a value.",
        ],
    ],
];

const classes = components as unknown as Readonly<Record<string, Component>>;

describe("a component is not declared with a value that comes later", () => {
    for (const [component, args, problems] of refusals) {
        it(`${component}: ${problems.map((text) => text.split(":", 1)[0]).join(", ")}`, async () => {
            const count = problems.length === 1 ? "1 argument is" : `${problems.length} arguments are`;
            await assert.rejects(
                run(() => new classes[component]!("orders", args as never)),
                (error: Error) => {
                    const text = error.message.slice(error.message.indexOf(`${component} "orders":`));
                    assert.equal(text, `${component} "orders": ${count} malformed.\n${problems.join("\n")}`);
                    return true;
                },
            );
        });
    }
});

describe("an argument that is null is not given", () => {
    const rows: readonly [component: string, required: object][] = [
        ["ShardedStream", load],
        ["StreamAlarms", stream],
        ["StreamAutoscaler", scaler],
        ["StreamConsumerFunction", reading],
        ["StreamDashboard", stream],
    ];
    for (const [component, required] of rows) {
        it(`to a ${component}, at any depth`, async () => {
            const toldBy = async (args: object) =>
                (await run(() => new classes[component]!("orders", { ...args, ...required } as never))).registered
                    .filter(({ custom, type }) => custom && type !== "pulumi:index:Stash")
                    .map(({ type, name, inputs }) => ({ type, name, inputs: { ...inputs, code: undefined } }));
            const nothing = await toldBy({});
            const names = Object.keys(schema.resources[`sharded-stream:index:${component}`]!.inputProperties);
            assert.deepEqual(await toldBy(Object.fromEntries(names.map((name) => [name, null]))), nothing);
            for (const name of ["alarms", "notifications"].filter((each) => names.includes(each))) {
                const places = placesOf(component).filter(
                    ([place]) => place[0] === name && place.length > 1 && !place.includes(0),
                );
                for (const [place] of places) assert.deepEqual(await toldBy(argsWith(place, null) as object), nothing);
            }
        });
    }

    it("to a ready policy document", async () => {
        const { value } = await run(() => [
            components.sharedKeyPolicy({ streamArn, readers: null, writers: null } as never),
            components.sharedKeyPolicy({ streamArn }),
        ]);
        const [withNull, without] = await Promise.all(
            value.map((policy) => (policy as unknown as { promise(): Promise<string> }).promise()),
        );
        assert.equal(withNull, without);
    });
});
