/** Whatever way an argument comes (plain, later, not known yet, as a secret), the children are told the same, and no more is told to anybody. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream, StreamAlarms, StreamAutoscaler, StreamConsumerFunction, StreamDashboard } from "../../index";
import { components, inputPaths, type InputRow, load } from "./inputRows";
import { run, unknown } from "./mocks";

type Component = new (name: string, args: never) => pulumi.ComponentResource;
const classes: Readonly<Record<string, Component>> = {
    ShardedStream,
    StreamAlarms,
    StreamAutoscaler,
    StreamConsumerFunction,
    StreamDashboard,
};

type Args = Record<string, unknown>;
/** What was told of which resource: by `type name property`. */
type Told = Readonly<Record<string, unknown>>;

for (const [component, rows] of Object.entries(components)) {
    const { inputs, required } = rows;
    const deploy = (given: Args, preview = false) => toldBy(() => declare(nested(given)), preview);
    const deployPlain = remembered((given: Args) => deploy(given));
    const refused = async (declare: () => unknown): Promise<string> => {
        const error = await run(declare).then(
            () => assert.fail("accepted"),
            (reason: unknown) => reason as Error,
        );
        return error.message.slice(error.message.indexOf(`${component} "orders":`));
    };
    const declare = (args: unknown) => new classes[component]!("orders", args as never);
    const message = (given: Args) => refused(() => declare(nested(given)));
    /** Those arguments of every row that can stand beside each other, as `value` makes them. */
    const together = (
        value: (row: InputRow) => unknown,
        wanted: (row: InputRow, name: string) => boolean = () => true,
    ) => {
        const given = Object.entries(inputs).filter(
            ([name, row]) => name !== "notifications.topicArn" && wanted(row, name),
        );
        return Object.fromEntries(given.map(([name, row]) => [name, value(row)]));
    };

    describe(`an argument of ${component}`, () => {
        it("has a row here", () =>
            assert.deepEqual([...Object.keys(inputs), ...(rows.elsewhere ?? [])].sort(), inputPaths(rows.args)));

        for (const [title, names] of groupsOf(inputs)) {
            it(`${title} is told to the same children, unknown or secret where it is`, async () => {
                const besides = names.flatMap((name) => inputs[name]!.beside ?? []);
                const beside = Object.assign({}, required, ...(besides.length > 0 ? besides : [rows.base])) as Args;
                const given = (value: (row: InputRow) => unknown) => ({
                    ...without(names, beside),
                    ...Object.fromEntries(names.map((name) => [name, value(inputs[name]!)])),
                });
                const plain = await deployPlain(given(({ values }) => values[0]));
                const other = await deployPlain(given(({ values }) => values[1]));
                const notKnown = await deploy(
                    given((row) => as(row, unknown)),
                    true,
                );
                assert.deepEqual(unequal(plain, other, notKnown), []);
                const secret = await deploy(given((row) => as(row, pulumi.secret)));
                assert.deepEqual(revealed(secret), plain);
                const differing = Object.keys(plain).filter((key) => !same(plain[key], other[key]));
                assert.deepEqual(
                    differing.filter((key) => !isSecret(secret[key])),
                    [],
                );
                const isIdle = names.every((each) => inputs[each]!.idle);
                assert.ok(
                    isIdle || differing.some((key) => !key.startsWith("sharded-stream:")),
                    "No child is told of it.",
                );
            });
        }

        it("may come later, or as a secret", async () => {
            const all = (value: (row: InputRow) => unknown) => together(value, ({ alone }) => !alone);
            const plain = await deployPlain(all((row) => row.values[0]));
            assert.deepEqual(await deploy(all((row) => as(row, pulumi.output))), plain);
            assert.deepEqual(await deploy(all((row) => as(row, (value) => Promise.resolve(value)))), plain);
            assert.deepEqual(revealed(await deploy(all((row) => as(row, pulumi.secret)))), plain);
        });

        it("is not given where an Output turns out to hold nothing", async () => {
            const optional = ({ deciding, presumed, list }: InputRow, name: string) =>
                !(name in required) && !(name in load) && !deciding && !presumed && !list;
            const given = (nothing: unknown) => ({
                ...required,
                ...rows.base,
                ...together(() => nothing, optional),
            });
            const plain = withoutOwn(await deploy(given(undefined)));
            for (const nothing of [undefined, null])
                assert.deepEqual(withoutOwn(await deploy(given(pulumi.output(nothing)))), plain);
        });

        it("has to hold something where resources are declared or left out by it", async () => {
            for (const [name, row] of Object.entries(inputs).filter(([, { deciding }]) => deciding)) {
                assert.equal(
                    await message({
                        ...without(name, { ...required, ...(row.beside ?? rows.base) }),
                        [name]: pulumi.output(undefined),
                    }),
                    `${component} "orders": 1 argument is malformed.\n${name}: missing; it must be there, because resources are declared or left out by it. Leave it out, or give an Output that always holds a value.`,
                );
            }
        });

        it("is missing, where it is required, of no arguments at all", async () => {
            const text = await message({});
            for (const nothing of [undefined, null]) assert.equal(await refused(() => declare(nothing)), text);
        });

        it("is refused where a resource stands in place of its ARN, its name or another output, and the resource is named", async () => {
            const text = await refused(() => {
                const shop = new pulumi.ComponentResource("shop:index:Shop", "shop");
                declare(nested(together((row) => as(row, () => shop))));
            });
            const came =
                ": the resource shop of type shop:index:Shop instead of one of its outputs is not allowed; it must";
            const told = Object.entries(inputs).filter(([name]) => name !== "notifications.topicArn");
            assert.deepEqual(
                told
                    .map(([name, { list }]) => (list ? `${name}[0]` : name))
                    .filter((place) => !text.includes(`\n${place}${came}`)),
                [],
            );
            assert.doesNotMatch(text, /__/);
        });

        it("is refused in the same words whenever it comes, and a secret is not shown", async () => {
            const text = await message(together((row) => row.malformed));
            assert.deepEqual(
                Object.keys(together((row) => row.malformed)).filter((name) => !text.includes(`\n${name}`)),
                [],
            );
            assert.equal(await message(together((row) => as(row, pulumi.output, row.malformed))), text);
            const secret = await message(together((row) => as(row, pulumi.secret, row.malformed)));
            const words = text
                .split("\n")
                .slice(1)
                .map((line) => line.replace(/: .* is not allowed; /, ": [secret] is not allowed; "));
            assert.deepEqual(secret.split("\n").slice(1), words);
        });
    });
}

describe("arguments that contradict each other", () => {
    const rows: [title: string, scaling: object, text: string][] = [
        [
            "are told with both values",
            { minShards: 9, maxShards: pulumi.output(3) },
            "scaling.minShards: 9 is not allowed; it must be at most maxShards, 3. Lower minShards to 3, or raise maxShards to 9.",
        ],
        [
            "are told without the one that is a secret",
            { minShards: pulumi.secret(9), maxShards: 3 },
            "scaling.minShards: [secret] is not allowed; it must be in keeping with the others. One of them is a secret, which is not shown.",
        ],
        [
            "and without the other one",
            { minShards: 9, maxShards: pulumi.secret(3) },
            "scaling.minShards: 9 is not allowed; it must be in keeping with the others. One of them is a secret, which is not shown.",
        ],
    ];
    for (const [title, scaling, text] of rows) {
        it(title, async () => {
            const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
            await assert.rejects(
                run(() => new ShardedStream("orders", { requirements, scaling })),
                (error: Error) => error.message.endsWith(`ShardedStream "orders": 1 argument is malformed.\n${text}`),
            );
        });
    }
});

/** The first value of an argument, or another, in the form that `form` gives it; of a list each entry. */
function as({ list, values }: InputRow, form: (value: unknown) => unknown, value = values[0]): unknown {
    return list ? (value as unknown[]).map(form) : form(value);
}

/** Each argument alone, but those together that have each a place of its own among the children, so that none hides another, or none at all. */
function groupsOf(inputs: Readonly<Record<string, InputRow>>): [title: string, names: string[]][] {
    const groups = new Map<string, string[]>();
    for (const [name, { idle, alone, ownPlace }] of Object.entries(inputs)) {
        const parent = name.split(".")[0]!;
        const usual = idle && !alone && parent !== name ? `${parent} without effect` : name;
        const title = ownPlace ? "each with a place of its own" : usual;
        const key = !alone && ["scaling", "alarms"].includes(parent) ? parent : title;
        groups.set(key, [...(groups.get(key) ?? []), name]);
    }
    return [...groups];
}

function without(names: string | readonly string[], given: Args): Args {
    return Object.fromEntries(Object.entries(given).filter(([name]) => ![names].flat().includes(name)));
}

/** Without the inputs of the components themselves, which are the arguments as they came. */
function withoutOwn(told: Told): Told {
    return Object.fromEntries(Object.entries(told).filter(([key]) => !key.startsWith("sharded-stream:")));
}

function same(left: unknown, right: unknown): boolean {
    try {
        assert.deepEqual(left, right);
        return true;
    } catch {
        return false;
    }
}

/** { "alarms.hotShard.threshold": 5 } as { alarms: { hotShard: { threshold: 5 } } }. */
function nested(byPath: Args): Args {
    const whole: Args = {};
    for (const [path, value] of Object.entries(byPath)) {
        const steps = path.split(".");
        const last = steps.pop()!;
        const place = steps.reduce((within, step) => (within[step] = { ...(within[step] as Args) }) as Args, whole);
        place[last] = value;
    }
    return whole;
}

async function toldBy(declare: () => unknown, preview: boolean): Promise<Told> {
    const { registered } = await run(declare, { preview });
    // The note of the deployment that attached the scaler is a new one each time; the function's code is always the same.
    const told = registered.filter(({ type, name }) => type !== "pulumi:index:Stash" || !name.endsWith("-scaler"));
    return Object.fromEntries(
        told.flatMap(({ type, name, inputs }) =>
            Object.entries(inputs)
                .filter(([key, value]) => key !== "code" && value !== null)
                .map(([key, value]) => [`${type} ${name} ${key}`, value]),
        ),
    );
}

/** What is known in the third although it differs between the first two, or is neither the same nor unknown. */
function unequal(first: unknown, second: unknown, third: unknown, place = ""): string[] {
    if (pulumi.isUnknown(third)) return [];
    if (isObject(third) && isObject(first)) {
        const keys = [...new Set([first, third].flatMap(Object.keys))];
        return keys.flatMap((key) =>
            unequal(first[key], isObject(second) ? second[key] : undefined, third[key], `${place}/${key}`),
        );
    }
    return same(first, second) && same(first, third) ? [] : [place];
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null;
}

const signature = "4dabf18193072939515e22adb298388d";

function isSecret(value: unknown): value is { value: unknown } {
    return isObject(value) && signature in value;
}

function revealed(told: Told): Told {
    return Object.fromEntries(Object.entries(told).map(([key, value]) => [key, isSecret(value) ? value.value : value]));
}

/** The same arguments are deployed once. */
function remembered(deploy: (given: Args) => Promise<Told>): (given: Args) => Promise<Told> {
    const known = new Map<string, Promise<Told>>();
    return (given) => {
        const key = JSON.stringify(Object.entries(given).sort());
        const deployed = known.get(key) ?? deploy(given);
        known.set(key, deployed);
        return deployed;
    };
}
