/** Resources for the tables of the policy tests. */
import assert from "node:assert/strict";
import { judgeResource, type PolicyName, type Verdict } from "../../policies/policies";
import { alarmTypes, type ResourceView, shardedStreamType, streamTypes, Unknown } from "../../policies/resources";

export const [awsStream, nativeStream] = streamTypes as [string, string];
export const [awsAlarm, nativeAlarm] = alarmTypes as [string, string];

export function view(type: string, props: object, more: Partial<ResourceView> = {}): ResourceView {
    const name = more.name ?? "orders";
    return {
        type,
        name,
        urn: `urn:pulumi:dev::shop::${type}::${name}`,
        props: props as Record<string, unknown>,
        ignoreChanges: [],
        ...more,
    };
}

/** The load of the worked example: at least 4 shards, 5 recommended. */
export const worked = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: 4 };

export function shardedStream(args: object, requirements: object = worked): ResourceView {
    return view(shardedStreamType, { requirements, ...args });
}

/** The Kinesis stream that a ShardedStream makes, whose URN names the component's type. */
export function childStream(type: string, props: object, more: Partial<ResourceView> = {}): ResourceView {
    const name = more.name ?? "orders";
    return view(type, props, { urn: `urn:pulumi:dev::shop::${shardedStreamType}$${type}::${name}`, ...more });
}

export function unknown(path: string): Unknown {
    return new Unknown(path);
}

/** A row of a policy's table: the resource, what is said about it, and the configuration if it is not the default. */
export type Row = readonly [title: string, resource: ResourceView, verdict: Verdict, config?: object];

/** One test per row: the judge of the policy says exactly that about the resource. */
export function tests(name: PolicyName, rows: readonly Row[]): void {
    for (const [title, resource, verdict, config] of rows)
        it(title, () => assert.deepEqual(judgeResource(name, resource, config), verdict));
}

export const compliant: Verdict = { verdict: "compliant" };

export function violation(message: string): Verdict {
    return { verdict: "violation", message };
}

export function cannotTell(...paths: string[]): Verdict {
    return { verdict: "cannot-tell", unknown: paths };
}
