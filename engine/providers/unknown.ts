/**
 * What a rehearsal does about a resource type or a function that the stand-in providers do not know: it is noted by its name, and answered by
 * a mock. What is not known exists in the state alone: its outputs are its inputs, an ID, and what a program usually asks for.
 */
import { nameOf, packageOf, type Properties, typeOf } from "../values";
import { type Aws } from "./aws";
import { type ResourceRow } from "./resource";

export class UnknownTypes {
    readonly #names = new Map<string, Set<string>>();

    /** By resource type or function: the names of its resources, which a function has none of. */
    get names(): ReadonlyMap<string, ReadonlySet<string>> {
        return this.#names;
    }

    rowOf(urn: string): ResourceRow {
        const [type, name] = [typeOf(urn), nameOf(urn)];
        this.note(type, name);
        const computed = Object.keys(usualOutputs(type, name, undefined));
        const id = `${name}-mock`;
        return {
            replaceOn: [],
            computed,
            create: async () => id,
            read: async (aws, _id, state) => ({ ...usualOutputs(type, name, aws), ...state }),
            update: async () => undefined,
            delete: async () => undefined,
        };
    }

    invoke(token: string, aws: Aws, args: Properties): Properties {
        this.note(token);
        return { ...usualOutputs(token, "mock", aws), id: "mock", ...args };
    }

    note(token: string, name?: string): void {
        const names = this.#names.get(token) ?? new Set();
        this.#names.set(token, name === undefined ? names : names.add(name));
    }
}

/** Packages whose resources run code of the program in the provider, and are therefore never left to a provider that a machine may have. */
export const runsOwnCode = ["pulumi-nodejs", "pulumi-python", "command"] as const;

/** By package: what its resources tell, whichever of them it is. None of it is a secret, since it is made up. */
const textOutputs: Readonly<Record<string, readonly string[]>> = {
    command: ["stdout", "stderr"],
    random: ["result", "hex", "b64Std", "b64Url", "dec"],
    tls: ["privateKeyPem", "publicKeyPem", "publicKeyOpenssh", "certPem"],
};

function usualOutputs(token: string, name: string, aws: Aws | undefined): Properties {
    const owner = packageOf(token);
    if (owner === "aws" || owner === "aws-native") {
        const [service = "", kind = ""] = token.split(":").slice(1).join("/").split("/");
        return { arn: aws?.arn(service, `${kind.toLowerCase()}/${name}`), name };
    }
    return Object.fromEntries((textOutputs[owner] ?? []).map((output) => [output, `${name}-mock`]));
}
