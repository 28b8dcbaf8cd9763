/**
 * What the pages and examples show in other languages, held to the schema: each name, each type, and what must not be missing.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { load } from "js-yaml";
import { type Property, type Schema, typeBehind } from "./reading";

const root = path.join(__dirname, "../..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const schema = JSON.parse(read("plugin/schema.json")) as Schema;

/** The components that a text declares, each with its arguments under the names of the schema. */
type Declared = readonly { readonly component: string; readonly args: unknown }[];
type Reader = (text: string) => Declared;

const yaml: Reader = (text) => {
    const { resources = {} } = load(text) as { resources?: Record<string, { type: string; properties: unknown }> };
    return Object.values(resources).map(({ type, properties }) => ({
        component: type.replace(/^sharded-stream:/, ""),
        args: properties,
    }));
};

/** Keyword arguments and dictionaries, as JSON. */
const python: Reader = (text) =>
    calls(text, /\bsharded_stream\.(\w+)\(\s*"[^"]*",/g).map(({ name, inside }) => ({
        component: name,
        args: JSON.parse(
            `{${inside}}`
                .replace(/\bsharded_stream\.(\w+)\.(\w+)/g, (_, type: string, member: string) =>
                    JSON.stringify(pythonMember(type, member)),
                )
                .replace(/\b(\w+)=/g, '"$1":')
                .replace(/\bTrue\b/g, "true")
                .replace(/\bFalse\b/g, "false")
                .replace(/,(\s*[}\]])/g, "$1"),
            (key, value: unknown) => renamed(value, snakeCase, key === "tags"),
        ) as unknown,
    }));

/** Struct literals, as JSON; a number is told whole or not by its constructor. */
const go: Reader = (text) =>
    calls(text, /shardedstream\.New(\w+)\(ctx, "[^"]*", &shardedstream\.\w+Args\{/g).map(({ name, inside }) => ({
        component: name,
        args: JSON.parse(
            `{${inside}}`
                .replace(/&?shardedstream\.\w+Args\{/g, "{")
                .replace(/pulumi\.(Int|Float64|String|Bool)\(([^)]*)\)/g, (_, type: string, value: string) =>
                    type === "Float64" && !value.includes(".") ? `${value}.0` : value,
                )
                .replace(/\b([A-Z]\w*):/g, '"$1":')
                .replace(/,(\s*[}\]])/g, "$1"),
            (_, value: unknown) => renamed(value, (name) => name[0]!.toUpperCase() + name.slice(1), false),
        ) as unknown,
    }));

/** What stands between the brackets of each call. */
function calls(text: string, opening: RegExp): { name: string; inside: string }[] {
    return [...text.matchAll(opening)].map((match) => {
        const start = match.index + match[0].length;
        let depth = 1;
        let end = start;
        while (depth > 0) depth += { "(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1 }[text[end++]!] ?? 0;
        return { name: match[1]!, inside: text.slice(start, end - 1) };
    });
}

const everyName = [...Object.values(schema.types), ...Object.values(schema.resources)].flatMap((owner) =>
    Object.keys("inputProperties" in owner ? owner.inputProperties : (owner.properties ?? {})),
);

/** An object under the names of the schema; a name that is nobody's stays, and is told. */
function renamed(value: unknown, rename: (name: string) => string, isFree: boolean): unknown {
    if (isFree || typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [everyName.find((name) => rename(name) === key) ?? key, entry]),
    );
}

/** As Pulumi spells a name in Python. */
function snakeCase(name: string): string {
    return name
        .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
        .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
        .toLowerCase();
}

function pythonMember(type: string, member: string): unknown {
    const values = schema.types[`sharded-stream:index:${type}`]?.enum ?? [];
    return values.find(({ name }) => name !== undefined && snakeCase(name).toUpperCase() === member)?.value;
}

/** Everything that the schema does not know of some arguments. */
function faults(place: string, given: unknown, properties: Readonly<Record<string, Property>>, required: string[]) {
    const args = (given ?? {}) as Record<string, unknown>;
    const found = required.filter((name) => !(name in args)).map((name) => `${place}.${name} is missing`);
    for (const [name, value] of Object.entries(args)) {
        const property = properties[name];
        if (property === undefined) found.push(`${place}.${name} is unknown`);
        else found.push(...valueFaults(`${place}.${name}`, value, property));
    }
    return found;
}

function valueFaults(place: string, value: unknown, property: Property): string[] {
    // An output of another resource.
    if (typeof value === "string" && /^\$\{.+\}$/.test(value)) return [];
    const type = typeBehind(schema, property);
    if (type?.properties) return faults(place, value, type.properties, [...(type.required ?? [])]);
    const allowed = type?.enum ?? property.oneOf?.flatMap((one) => typeBehind(schema, one)?.enum ?? []);
    if (allowed) return allowed.some((one) => one.value === value) ? [] : [`${place} is ${String(value)}`];
    if (property.items) {
        return Array.isArray(value)
            ? value.flatMap((item, index) => valueFaults(`${place}[${index}]`, item, property.items!))
            : [`${place} is no list`];
    }
    if (property.additionalProperties) {
        return Object.entries(value as object).flatMap(([key, entry]) =>
            valueFaults(`${place}.${key}`, entry, property.additionalProperties!),
        );
    }
    const isRight = property.type === "integer" ? Number.isInteger(value) : typeof value === (property.type as string);
    return isRight ? [] : [`${place} is no ${property.type}`];
}

function check(declared: Declared): string[] {
    return declared.flatMap(({ component, args }) => {
        const known = schema.resources[`sharded-stream:index:${component}`];
        return known
            ? faults(component, args, known.inputProperties, [...known.requiredInputs])
            : [`${component} is no component`];
    });
}

const readers: Readonly<Record<string, Reader>> = { yaml, python, go };

/** What stands in a page's fences of one language, below a heading where one is named. */
function fenced(file: string, language: string, heading?: string): string[] {
    const text = heading === undefined ? read(file) : read(file).split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!;
    return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1]!);
}

describe("what the pages show in other languages is in the schema", () => {
    for (const [language, reader] of Object.entries(readers)) {
        for (const [file, heading] of [["README.md", "Other languages"], ["docs/languages.md"]] as const) {
            it(`${file} in ${language}`, () => {
                const declared = fenced(file, language, heading).flatMap(reader);
                assert.deepEqual(
                    declared.map(({ component }) => component),
                    ["ShardedStream"],
                );
                assert.deepEqual(check(declared), []);
            });
        }
    }

    for (const [file, reader] of [
        ["examples/yaml/Pulumi.yaml", yaml],
        ["examples/python/__main__.py", python],
        ["test/plugin/go/main.go", go],
    ] as const) {
        it(file, () => {
            const declared = reader(read(file));
            assert.equal(declared.length, 1);
            assert.deepEqual(check(declared), []);
        });
    }

    it("and a name, a type or a choice that is not, and what is missing, are told", () => {
        const wrong = `
            orders = sharded_stream.ShardedStream(
                "orders",
                requirements={"write_mib_per_second": 3.5, "records_per_second": "2500", "ordered_lanes": 4.5},
                scaling={"max_shards": 16, "notify": "nobody"},
                tags={"team": 7},
            )
            sharded_stream.Stream("other", shards=3)`;
        assert.deepEqual(check(python(wrong)), [
            "ShardedStream.requirements.writeMiBPerSecond is missing",
            "ShardedStream.requirements.write_mib_per_second is unknown",
            "ShardedStream.requirements.recordsPerSecond is no number",
            "ShardedStream.requirements.orderedLanes is no integer",
            "ShardedStream.scaling.notify is nobody",
            "ShardedStream.tags.team is no string",
            "Stream is no component",
        ]);
    });
});
