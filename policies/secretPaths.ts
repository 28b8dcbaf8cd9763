/**
 * Which values of a resource are secret.
 *
 * The engine says so, but @pulumi/policy unpacks secrets before a policy sees them, and tells it nothing. So what it unpacks is remembered
 * here beside what it was unpacked from.
 */
import { secretSignature, signatureKey } from "../capacity/pulumiNames";
import { onceOfEach } from "./once";

/** Properties by name, a secret as an object that says so. */
type Sent = Readonly<Record<string, unknown>>;

/** Properties as the engine sends them. */
interface Packed {
    toJavaScript(): Sent;
}

/** The module of @pulumi/policy that unpacks them. */
interface Unpacker {
    deserializeProperties?: (packed: Packed, ...options: unknown[]) => object;
}

/** What was unpacked, with what the engine sent. */
const sentOf = new WeakMap<object, Sent>();

/** A resource is unpacked for each policy anew; what the engine sent of it is read once. */
const readOnce = onceOfEach((packed: Packed) => packed.toJavaScript());

/** The paths of those properties that are secret, such as `requirements.writeMiBPerSecond`; none where they did not come from the engine. */
export function secretPaths(props: object): readonly string[] {
    // Policies see them through a proxy, which has this name for what is behind it.
    const { __getSpecialProxyTarget: unpacked = props } = props as { readonly __getSpecialProxyTarget?: object };
    return secretsIn(sentOf.get(unpacked), "");
}

function secretsIn(value: unknown, path: string): string[] {
    if (typeof value !== "object" || value === null) return [];
    if ((value as Readonly<Record<string, unknown>>)[signatureKey] === secretSignature) return [path];
    return Object.entries(value).flatMap(([key, held]) => secretsIn(held, path === "" ? key : `${path}.${key}`));
}

/** A pack of a team's own may bring another copy of @pulumi/policy, which is loaded by then. */
function unpackers(): Unpacker[] {
    const copies = Object.entries(require.cache).flatMap(([file, module]) =>
        /@pulumi[\\/]policy[\\/]deserialize\.js$/.test(file) && module ? [module.exports as Unpacker] : [],
    );
    try {
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- whoever judges without an engine needs no @pulumi/policy
        return [...new Set([...copies, require("@pulumi/policy/deserialize") as Unpacker])];
    } catch {
        return copies;
    }
}

for (const unpacker of unpackers()) {
    const { deserializeProperties: unpack } = unpacker;
    if (unpack === undefined) continue;
    unpacker.deserializeProperties = (packed, ...options) => {
        const sent = readOnce(packed);
        const props = unpack({ toJavaScript: () => sent }, ...options);
        sentOf.set(props, sent);
        return props;
    };
}
