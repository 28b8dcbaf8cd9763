// Marked values of Pulumi's wire format, as far as the embedded engine looks into them.
import { type Properties } from "./providers/provider";

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** In events of the real engine a secret has a `ciphertext` in place of its value. */
function isSecret(value: unknown): value is { value: unknown } {
    return typeof value === "object" && value !== null && (value as Properties)[signature] === secretSignature;
}

/** The plain values, and which properties hold a secret anywhere inside. */
export function revealed(properties: Properties): { plain: Properties; secrets: Set<string> } {
    const secrets = new Set<string>();
    const plain: Properties = {};
    for (const [property, value] of Object.entries(properties))
        plain[property] = reveal(value, () => secrets.add(property));

    return { plain, secrets };
}

function reveal(value: unknown, tell: () => void): unknown {
    if (isSecret(value)) {
        tell();
        return reveal(value.value, tell);
    }
    if (Array.isArray(value)) return value.map((item) => reveal(item, tell));

    return typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reveal(item, tell)]))
        : value;
}

/** An output of the name of a secret input is a secret too, as the engine has it for providers that know none. */
export function withSecrets(properties: Properties, secrets: ReadonlySet<string>): Properties {
    return Object.fromEntries(
        Object.entries(properties).map(([property, value]) => [
            property,
            secrets.has(property) ? { [signature]: secretSignature, value } : value,
        ]),
    );
}

/** For people: secrets as "[secret]". */
export function masked(value: unknown): unknown {
    if (isSecret(value)) return "[secret]";

    if (Array.isArray(value)) return value.map(masked);

    return typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item)]))
        : value;
}
