/** A component that is called otherwise, or stands elsewhere, keeps all of its children by its aliases. */
import assert from "node:assert/strict";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { type RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { nameOf, typeOf } from "../../capacity/pulumiNames";
import { ShardedStream, StreamAlarms, StreamAutoscaler, StreamConsumerFunction, StreamDashboard } from "../../index";
import { run } from "./mocks";

const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 500 };
const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/live";

type OptionsOf = (type: string) => pulumi.ComponentResourceOptions;

/** One of each component under the name, with every child that is called after it. */
function declareAll(name: string, optionsOf: OptionsOf = () => ({})): void {
    const live = new ShardedStream(
        name,
        {
            requirements,
            // The stream's own name may be shorter than that of its component.
            streamName: "clicks",
            scaling: {},
            consumers: ["billing"],
            notifications: { emails: ["oncall@example.com"] },
        },
        optionsOf("ShardedStream"),
    );
    live.grantWrite("shop");
    live.grantRead("shop", { as: "kcl", applicationName: "billing" });
    const scalerFunctionArn = "arn:aws:lambda:us-east-1:123456789012:function:scaler";
    new StreamAlarms(name, { stream: "live", scaled: true, scalerFunctionArn }, optionsOf("StreamAlarms"));
    new StreamDashboard(name, { stream: "live" }, optionsOf("StreamDashboard"));
    new StreamAutoscaler(
        name,
        { streamName: "live", streamArn, minShards: 1, maxShards: 4, invokedByAlarms: ["one", "two"] },
        optionsOf("StreamAutoscaler"),
    );
    new StreamConsumerFunction(
        name,
        { stream: streamArn, function: "billing", role: "billing" },
        optionsOf("StreamConsumerFunction"),
    );
}

function declareTeam(name: string, opts: pulumi.ComponentResourceOptions): void {
    const parent = new pulumi.ComponentResource("test:index:Team", name, {}, opts);
    declareAll(`${name}-orders`, () => ({ parent }));
}

function declareGrant(
    name: string,
    roleName: string,
    opts: pulumi.ComponentResourceOptions,
    roleOpts: pulumi.CustomResourceOptions,
): void {
    const role = new iam.Role(roleName, { name: "shop", assumeRolePolicy: "{}" }, roleOpts);
    const orders = new ShardedStream(name, { requirements }, opts);
    orders.grantWrite(role);
    orders.grantRead(role);
}

const dotted = "com.example.clicks";
const long = "clicks-".repeat(30);
const alias = (name: pulumi.Input<string>) => ({ aliases: [{ name }] });

const rows: readonly [title: string, before: () => void, after: () => void][] = [
    ["of dots to one without", () => declareAll(dotted), () => declareAll("visits", () => alias(dotted))],
    ["to one with dots", () => declareAll("clicks"), () => declareAll("com.example.visits", () => alias("clicks"))],
    ["to one that begins with it", () => declareAll(dotted), () => declareAll(`${dotted}.live`, () => alias(dotted))],
    [
        "to what it begins with",
        () => declareAll(`${dotted}.live`),
        () => declareAll(dotted, () => alias(`${dotted}.live`)),
    ],
    ["that is too long", () => declareAll(long), () => declareAll("visits", () => alias(long))],
    ["that is told later", () => declareAll(dotted), () => declareAll("visits", () => alias(pulumi.output(dotted)))],
    [
        "that is told as a URN",
        () => declareAll(dotted),
        () => declareAll("visits", (type) => ({ aliases: [pulumi.createUrn(dotted, `sharded-stream:index:${type}`)] })),
    ],
    ["of the component that it is in", () => declareTeam(dotted, {}), () => declareTeam("web", alias(dotted))],
    [
        "of the role that it lets use the stream",
        () => declareGrant("clicks", "shop", {}, {}),
        () => declareGrant("clicks", "store", {}, alias("shop")),
    ],
    [
        "of the role, and its own",
        () => declareGrant("clicks", "shop", {}, {}),
        () => declareGrant("visits", "store", alias("clicks"), alias("shop")),
    ],
    [
        "of two that it had",
        () => declareAll("clicks"),
        () => declareAll("visits", () => ({ aliases: [{ name: dotted }, { name: "clicks" }] })),
    ],
];

/** What the engine is told of a resource. */
interface Told {
    readonly type: string;
    readonly name: string;
    readonly parentUrn: string;
    readonly aliases: readonly { readonly name: string; readonly parentUrn: string }[];
}

/** Where a resource stands, in words: two of one name have different types or parents. */
const placeOf = (type: string, name: string, parentUrn: string) =>
    `${type} ${name} in ${typeOf(parentUrn).replace(/^$/, "pulumi:pulumi:Stack")} ${nameOf(parentUrn)}`;

async function toldBy(declare: () => void): Promise<readonly Told[]> {
    const told: Told[] = [];
    await run(() => {
        const monitor = pulumi.runtime.getMonitor() as unknown as {
            registerResource(request: RegisterResourceRequest, done: unknown): unknown;
        };
        const register = monitor.registerResource.bind(monitor);
        monitor.registerResource = (request, done) => {
            const aliases = request.getAliasesList().map((one) => {
                const [urn, spec] = [one.getUrn(), one.getSpec()];
                return urn === "" && spec !== undefined
                    ? { name: spec.getName() || request.getName(), parentUrn: spec.getParenturn() }
                    : { name: nameOf(urn), parentUrn: rootUrn };
            });
            told.push({ type: request.getType(), name: request.getName(), parentUrn: request.getParent(), aliases });
            return register(request, done);
        };
        declare();
    });
    return told.filter(({ type }) => type !== "pulumi:pulumi:Stack");
}

const rootUrn = "urn:pulumi:test::shop::pulumi:pulumi:Stack::shop-test";

/** Which of the resources before each one is, as Pulumi's engine finds it: by its aliases, or by what its parent was. */
function foundAgain(before: readonly Told[], after: readonly Told[]): string[] {
    const there = new Set(before.map(({ type, name, parentUrn }) => placeOf(type, name, parentUrn)));
    const names = new Map<string, string>();
    return after.map(({ type, name, parentUrn, aliases }) => {
        const parentName = nameOf(parentUrn);
        const parentBefore = names.get(`${typeOf(parentUrn)} ${parentName}`) ?? parentName;
        const inherited = [{ name, parentUrn }, ...aliases].map((one) => ({
            name: one.name.startsWith(parentName) ? parentBefore + one.name.slice(parentName.length) : one.name,
            parentUrn: `${parentUrn.slice(0, -parentName.length)}${parentBefore}`,
        }));
        const found = [{ name, parentUrn }, ...aliases, ...inherited].find((one) =>
            there.has(placeOf(type, one.name, one.parentUrn)),
        );
        names.set(`${type} ${name}`, found?.name ?? name);
        return found === undefined ? `new: ${type} ${name}` : placeOf(type, found.name, found.parentUrn);
    });
}

describe("a component keeps its children by an alias when its name changes from one", () => {
    for (const [title, declareBefore, declareAfter] of rows) {
        it(title, async () => {
            const [before, after] = [await toldBy(declareBefore), await toldBy(declareAfter)];
            assert.deepEqual(
                foundAgain(before, after).sort(),
                before.map(({ type, name, parentUrn }) => placeOf(type, name, parentUrn)).sort(),
            );
        });
    }
});
