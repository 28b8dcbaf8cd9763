/**
 * What Pulumi's wire format says in strings and marked objects: URNs, unknowns, secrets, assets.
 */

import { secretSignature, signatureKey } from "../capacity/pulumiNames";

export { nameOf, typeOf, typesOf } from "../capacity/pulumiNames";

export type Properties = Record<string, unknown>;

/** What Pulumi writes in a preview where a value is not known yet. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";

/** Of a type or a function: `aws:sns/topic:Topic` -> aws. */
export function packageOf(token: string): string {
    return token.split(":")[0] ?? "";
}

/** An asset or an archive: one of its properties says where the content is. */
export interface Asset {
    readonly text?: string;
    readonly path?: string;
    readonly uri?: string;
    readonly hash?: string;
    readonly assets?: Readonly<Record<string, Asset>>;
}

export function isAsset(value: unknown): value is Asset {
    return [archiveSignature, assetSignature].some((mark) => isMarked(value, mark));
}

/** What makes two archives the same: their content's hash where the engine has computed it. */
export function assetIdentity(value: unknown): unknown {
    return isAsset(value) && value.hash ? { hash: value.hash } : value;
}

/** The plain values, and which properties hold a secret anywhere inside. */
export function revealed(properties: Properties): { plain: Properties; secrets: Set<string> } {
    const secrets = new Set<string>();
    const plain: Properties = {};
    for (const [property, value] of Object.entries(properties)) {
        const reveal = (secret: unknown): unknown => {
            secrets.add(property);
            return replacingSecrets(secret, reveal);
        };
        plain[property] = replacingSecrets(value, reveal);
    }
    return { plain, secrets };
}

/** An output of the name of a secret input is a secret too, as the engine has it for providers that know none. */
export function withSecrets(properties: Properties, secrets: ReadonlySet<string>): Properties {
    return Object.fromEntries(
        Object.entries(properties).map(([property, value]) => [
            property,
            secrets.has(property) ? { [signatureKey]: secretSignature, value } : value,
        ]),
    );
}

/** For people: secrets as "[secret]". */
export function masked(properties: Properties): Properties {
    return replacingSecrets(properties, () => "[secret]") as Properties;
}

/** In events of the real engine a secret has a `ciphertext` in place of its value. */
function replacingSecrets(value: unknown, replace: (secret: unknown) => unknown): unknown {
    if (isMarked(value, secretSignature)) return replace(value.value);
    if (Array.isArray(value)) return value.map((item) => replacingSecrets(item, replace));
    return typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replacingSecrets(item, replace)]))
        : value;
}

function isMarked(value: unknown, mark: string): value is Properties {
    return typeof value === "object" && value !== null && (value as Properties)[signatureKey] === mark;
}
