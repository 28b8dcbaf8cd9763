/**
 * Judge of how streams are encrypted, those inside a ShardedStream and those beside it, of either provider.
 */
import { awsManagedKinesisKey } from "../capacity/identifiers";
import { sentence } from "../capacity/sizing/drafts";
import { isHeld } from "./declared";
import { andRelease, isAwsNative, isOwnStream, isRecord, type ResourceView, Unknown, valueAt } from "./resources";
import { compliant, type Verdict, violation } from "./verdict";

export interface EncryptionConfig {
    readonly customerManagedKey: boolean;
}

/** How a stream of either provider is encrypted, and where it says so. */
export interface Encryption {
    readonly type: unknown;
    readonly key: "none" | "aws" | "own";
    /** The alias of the key, where that is one that AWS manages. */
    readonly awsKey: string | undefined;
    readonly typePath: readonly string[];
    readonly keyPath: readonly string[];
}

export function encryptionOf(stream: ResourceView): Encryption {
    const native = isAwsNative(stream);
    const typePath = native ? ["streamEncryption", "encryptionType"] : ["encryptionType"];
    const keyPath = native ? ["streamEncryption", "keyId"] : ["kmsKeyId"];
    const type = valueAt(stream, ...typePath);
    const holder = native ? stream.props.streamEncryption : stream.props;
    const key = isRecord(holder) ? holder[keyPath[keyPath.length - 1]!] : undefined;
    return { type, key: keyKind(key), awsKey: awsKeyIn(key), typePath, keyPath };
}

function keyKind(key: unknown): Encryption["key"] {
    // A key that is not known yet is one that the program makes: the alias is a constant.
    if (key instanceof Unknown) return "own";
    if (typeof key !== "string" || key.trim() === "") return "none";
    return awsKeyIn(key) === undefined ? "own" : "aws";
}

/** Nobody else may give a key such an alias, whichever service it is for. */
function awsKeyIn(key: unknown): string | undefined {
    return typeof key === "string" ? /^(?:.*:)?(alias\/aws\/.*)$/.exec(key)?.[1] : undefined;
}

export function judgeEncryption(stream: ResourceView, { customerManagedKey }: EncryptionConfig): Verdict {
    const encryption = encryptionOf(stream);
    const { type, key, awsKey = "", typePath, keyPath } = encryption;
    const [typeProperty, keyProperty] = [typePath, keyPath].map((path) => path[path.length - 1]!);
    const id = customerManagedKey ? "<the ARN of a KMS key of your own>" : awsManagedKinesisKey;
    const orOwn = customerManagedKey ? "" : ", or a key of your own";
    const release = andRelease(stream, encryptionProperties(encryption));
    const fix = (set: string) =>
        isOwnStream(stream) ? ownFix(stream, customerManagedKey) : `Set ${set}${orOwn}${release}.`;
    if (type !== "KMS") {
        const settings = isAwsNative(stream)
            ? `streamEncryption: { encryptionType: "KMS", keyId: "${id}" }`
            : `encryptionType: "KMS" and kmsKeyId: "${id}"`;
        return violation(
            `Records are stored unencrypted: ${type === undefined ? "no encryption type is set" : `the encryption type is ${JSON.stringify(type)}`}.`,
            fix(settings),
        );
    }
    if (key === "none") {
        return violation(
            `${typeProperty} is KMS, and ${keyProperty} names no key, so the deployment fails.`,
            fix(`${keyProperty} to "${id}"`),
        );
    }
    if (!customerManagedKey || key === "own") return compliant;
    const whose = isOwnStream(stream) ? "kmsKeyId of the ShardedStream" : keyProperty;
    const orHeld = isKept(stream) ? ", and remove hold" : isOwnStream(stream) ? "" : release;
    return violation(
        `Records are encrypted with the key that AWS manages (${awsKey}); a customer-managed key is required here.`,
        `Set ${whose} to a KMS key of your own${orHeld}.`,
    );
}

/** The properties that say how a stream is encrypted. */
export function encryptionProperties({ typePath, keyPath }: Encryption): string[] {
    return [...new Set([typePath[0]!, keyPath[0]!])];
}

/** A ShardedStream encrypts its stream: only a hold and a transform leave it unencrypted. */
function ownFix(stream: ResourceView, customerManagedKey: boolean): string {
    const key = customerManagedKey ? "set kmsKeyId of the ShardedStream to a KMS key of your own, and " : "";
    const change = isKept(stream)
        ? "remove hold"
        : `let no transform change its encryption${andRelease(stream, encryptionProperties(encryptionOf(stream)))}`;
    const byHand = "encrypt it by hand (aws kinesis start-stream-encryption, then pulumi refresh)";
    return sentence([...(isKept(stream) ? [byHand] : []), `${key}${change}: the ShardedStream encrypts it`]);
}

/** Whether its ShardedStream holds it, so that nothing that is declared of it is deployed. */
function isKept({ component }: ResourceView): boolean {
    return component !== undefined && isHeld(component);
}
