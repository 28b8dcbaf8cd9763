/**
 * Runs a piece of a program against mocks of the engine and hands back what it registered.
 */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as state from "@pulumi/pulumi/runtime/state";
import { awsMocks } from "../../testing";

export interface Registration {
    readonly type: string;
    readonly name: string;
    /** What the engine was told; a value that is unknown in a preview is there as pulumi.unknown. */
    readonly inputs: Record<string, unknown>;
    readonly provider: string;
    readonly custom: boolean;
    readonly parent: string;
}

export interface Run<T> {
    readonly value: T;
    readonly registered: readonly Registration[];
    /** The one registration of a type and, where several have it, a name. */
    find(type: string, name?: string): Registration;
}

export interface RunOptions {
    readonly preview?: boolean;
    readonly region?: string;
    readonly nativeRegion?: string;
    readonly partition?: string;
    /** Instead of the mocks that answer as AWS does. */
    readonly mocks?: pulumi.runtime.Mocks;
}

/** Registers everything that `program` declares. What fails later than `program` itself rejects, as it fails a deployment. */
export async function run<T>(program: () => T, options: RunOptions = {}): Promise<Run<T>> {
    const { preview = false, region, nativeRegion, partition } = options;
    const { mocks = awsMocks({ region, partition }) } = options;
    const parents = new Map<string, string>();
    const seen: Omit<Registration, "parent">[] = [];
    const listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    const { stackTraceLimit } = Error;
    // Pulumi's SDK notes a stack for every promise that it makes: half of the time of a deployment that takes none.
    Error.stackTraceLimit = 0;
    const failed = new Promise<never>((_, reject) => process.on("unhandledRejection", reject));
    try {
        await pulumi.runtime.setMocks(
            {
                newResource: (args) => {
                    const { type, name, inputs, provider = "", custom = false } = args;
                    seen.push({ type, name, inputs: inputs as Record<string, unknown>, provider, custom });
                    return mocks.newResource(args);
                },
                call: (args) =>
                    nativeRegion !== undefined && args.token === "aws-native:index:getRegion"
                        ? { region: nativeRegion }
                        : mocks.call(args),
            },
            "shop",
            "test",
            preview,
        );
        const remember = ({ type, name, opts }: pulumi.ResourceTransformationArgs) => {
            const parent = opts.parent as unknown as { __name?: string; __pulumiType?: string } | undefined;
            parents.set(`${type} ${name}`, parent ? `${parent.__pulumiType} ${parent.__name}` : "");
            return undefined;
        };
        let value: T;
        const deploy = async () => {
            await pulumi.runtime.runInPulumiStack(async () => {
                pulumi.runtime.registerStackTransformation(remember);
                // Not returned: a stack waits for the outputs of what it exports.
                value = program();
            });
            await pulumi.runtime.disconnect();
        };
        await Promise.race([failed, deploy()]);
        const registered = seen
            .filter(({ type }) => type !== "pulumi:pulumi:Stack")
            .map((one) => ({ ...one, parent: parents.get(`${one.type} ${one.name}`) ?? "" }));
        return { value: value!, registered, find: finder(registered) };
    } catch (error) {
        // What was being registered when the program failed is given up, as it is when a deployment ends.
        (state as unknown as { getStore(): { leakCandidates: Set<unknown> } }).getStore().leakCandidates.clear();
        throw error;
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
        process.removeAllListeners("unhandledRejection");
        for (const listener of listeners) process.on("unhandledRejection", listener);
    }
}

function finder(registered: readonly Registration[]): Run<unknown>["find"] {
    return (type, name) => {
        const found = registered.filter((one) => one.type === type && (name === undefined || one.name === name));
        if (found.length !== 1) {
            throw new Error(
                `${found.length} resources are ${type} ${name ?? ""}; there are ${registered.map((one) => `${one.type} ${one.name}`).join(", ")}.`,
            );
        }
        return found[0]!;
    };
}

/** The value of an output, which has to be known by now. */
export function valueOf<T>(output: pulumi.Output<T> | undefined): Promise<T> {
    return (output as unknown as { promise(): Promise<T> }).promise();
}

/** What ends the names of an attached component that is called clicks: the mocks' URNs have the type of the parent. */
export function ownerHash(type: "StreamAlarms" | "StreamDashboard", parent = "pulumi:pulumi:Stack"): string {
    const urn = `urn:pulumi:test::shop::${parent}$sharded-stream:index:${type}::clicks`;
    return createHash("sha256").update(urn).digest("hex").slice(0, 8);
}

/** An input that a preview does not know yet. */
export function unknown<T>(): pulumi.Output<T> {
    return pulumi.output(pulumi.unknown) as unknown as pulumi.Output<T>;
}
