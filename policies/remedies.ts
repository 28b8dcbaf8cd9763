/**
 * What a policy at the level `remediate` changes of a resource before it is deployed: only where the right value is certain.
 *
 * A stream is what is deployed. A ShardedStream is changed along with it, so that what it declares is not judged as if it were still deployed.
 */
import { awsManagedKinesisKey } from "../capacity/identifiers";
import { InvalidInputError } from "../capacity/problems";
import { isHeld, isOnDemand, isScaled, loadMinimum, soundPlan } from "./declared";
import { type EncryptionConfig, encryptionOf, encryptionProperties } from "./encryption";
import { shardsOnDemand } from "./onDemand";
import { type RawStreamConfig, rawPlan } from "./rawStreams";
import { ignores, isOwnStream, numberAt, type ResourceView, shardedStreamType, streamTypes } from "./resources";

/** A property and its value; no value takes the property away. */
export interface Change {
    /** Its path in the inputs. */
    readonly path: readonly string[];
    /** The new value. */
    readonly value?: string | number;
}

/** What the level `remediate` changes. */
export interface Remedy {
    /** The resource types that `changes` takes. */
    readonly types: readonly string[];
    /** The changes of one resource; empty where it is right as it is. */
    readonly changes: (view: ResourceView, config: never) => readonly Change[];
}

const allStreams = [shardedStreamType, ...streamTypes];

/** The planned shard count in the place of one that cannot carry the declared load, whether an argument or a transform has set it. */
export const capacityRemedy: Remedy = {
    types: allStreams,
    changes: (view) => {
        const component = view.type === shardedStreamType ? view : view.component;
        const shards = numberAt(view, "shardCount");
        if (component === undefined || isOnDemand(view) || shards === undefined || ignores(view, "shardCount"))
            return [];
        const plan = soundPlan(component);
        if (plan === undefined || shards >= loadMinimum(plan)) return [];
        if (view !== component) return [{ path: ["shardCount"], value: plan.recommendedShards }];
        // Without its override it plans the count itself. Beside a scaler and under a hold the stream ignores that, so the override is left to be judged.
        return isScaled(component) || isHeld(component) ? [] : [{ path: ["shardCount"] }];
    },
};

export const rawStreamRemedy: Remedy = {
    types: streamTypes,
    changes: (stream, config: RawStreamConfig) => {
        if (isOwnStream(stream) || isOnDemand(stream) || ignores(stream, "shardCount")) return [];
        const shards = numberAt(stream, "shardCount") ?? 0;
        const plan = rawPlan(stream, config);
        if (plan === undefined || plan instanceof InvalidInputError || shards >= plan.minimumShards) return [];
        return [{ path: ["shardCount"], value: plan.recommendedShards }];
    },
};

/**
 * Which customer key is the right one, nobody can tell; a key that the stream names stays. What ignoreChanges leaves alone no provider would
 * change, whatever a preview said.
 */
export const encryptionRemedy: Remedy = {
    types: streamTypes,
    changes: (stream, { customerManagedKey }: EncryptionConfig) => {
        const encryption = encryptionOf(stream);
        const { type, key, typePath, keyPath } = encryption;
        const isLeft = encryptionProperties(encryption).some((property) => ignores(stream, property));
        if (isLeft || (customerManagedKey && key !== "own")) return [];
        return [
            ...(type === "KMS" ? [] : [{ path: typePath, value: "KMS" }]),
            ...(key === "none" ? [{ path: keyPath, value: awsManagedKinesisKey }] : []),
        ];
    },
};

export const onDemandRemedy: Remedy = {
    types: allStreams,
    changes: (stream) =>
        shardsOnDemand(stream) === undefined || ignores(stream, "shardCount") ? [] : [{ path: ["shardCount"] }],
};

/**
 * Makes the changes in the properties themselves. They are the proxy of @pulumi/policy, of which a copy would run into every value that is
 * not known yet, and would lose what is secret.
 */
export function apply(props: Record<string, unknown>, changes: readonly Change[]): void {
    for (const { path, value } of changes) {
        const last = path[path.length - 1]!;
        let holder = props;
        for (const key of path.slice(0, -1)) holder = (holder[key] ??= {}) as Record<string, unknown>;
        if (value === undefined) Reflect.deleteProperty(holder, last);
        else holder[last] = value;
    }
}
