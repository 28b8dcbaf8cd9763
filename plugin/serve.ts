/**
 * Serves the components to a Pulumi engine: what they are, from the schema that the build keeps, and one of them where a program declares it.
 * The components, and the SDKs that they need, are loaded with the first one.
 */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import type * as pulumi from "@pulumi/pulumi";

type Component = new (
    name: string,
    args: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource;

interface Schema {
    readonly resources: Readonly<Record<string, { readonly properties: object }>>;
}

export async function servePlugin(args: readonly string[] = process.argv.slice(2)): Promise<void> {
    await load(() => {
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- the package is a peer that may be missing
        const { main } = require("@pulumi/pulumi/provider") as typeof pulumi.provider;
        return main(componentProvider(), [...args]);
    });
}

/** The provider that the engine speaks to. */
export function componentProvider(): pulumi.provider.Provider {
    const schema = readJson<Schema>(path.join(__dirname, "schema.json"));
    const { version } = readJson<{ version: string }>(require.resolve("sharded-stream/package.json"));
    return {
        version,
        schema: JSON.stringify({ ...schema, version }),
        construct: (name, type, inputs, options) => Promise.resolve(construct(schema, name, type, inputs, options)),
    };
}

function readJson<T>(file: string): T {
    return JSON.parse(readFileSync(file, "utf8")) as T;
}

function construct(
    { resources }: Schema,
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
): pulumi.provider.ConstructResult {
    const declared = resources[type];
    if (declared === undefined) {
        const known = Object.keys(resources).join(", ");
        throw new Error(`${type} of "${name}" is no component of sharded-stream; it has ${known}.`);
    }
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the components load @pulumi/aws, which a schema does without
    const components = load(() => require("../index") as Readonly<Record<string, Component>>);
    const component = toldOnce(() => new components[type.split(":")[2]!]!(name, inputs, options));
    const members = component as unknown as Readonly<Record<string, unknown>>;
    const state = Object.fromEntries(Object.keys(declared.properties).map((key) => [key, members[key]]));
    return { urn: component.urn, state };
}

/** The engine prints each problem of an argument from the error's list; that they stand in the message, too, is for a program of its own. */
function toldOnce<T>(make: () => T): T {
    try {
        return make();
    } catch (error) {
        if (error instanceof Error && "errors" in error) error.message = error.message.split("\n", 1)[0]!;
        throw error;
    }
}

/** Says what is to be installed where an SDK is missing: both are peers of the package, which a producer does without. */
function load<T>(modules: () => T): T {
    try {
        return modules();
    } catch (error) {
        const [, missing] = /^Cannot find module '(@pulumi\/[^/']+)/.exec((error as Error).message) ?? [];
        if (missing === undefined) throw error;
        const folder = path.join(__dirname, "..", "..");
        throw new Error(
            `The plugin of sharded-stream needs ${missing} beside it: run npm install @pulumi/pulumi @pulumi/aws in the project that has ${folder}.`,
        );
    }
}
