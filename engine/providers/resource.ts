/**
 * A resource type is a row: what the provider fills in, what a change of a property means, and the calls that create, read,
 * update and delete one. What an engine asks before anything is called, check and diff, is computed from the row here.
 */
import { createHash, randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Unwrap } from "@pulumi/pulumi";
import { assetIdentity, nameOf, type Properties } from "../values";
import { type Aws } from "./aws";

export interface ResourceRow<Inputs = Properties> {
    /** The property that is named automatically, `name-7hex`, and the longest name that AWS takes. */
    readonly autoname?: { readonly property: NameOf<Inputs>; readonly lengthMax: number };
    /** What the provider fills in where the program says nothing. */
    readonly defaults?: Partial<Inputs>;
    readonly required?: readonly NameOf<Inputs>[];
    /** A change of one of these replaces the resource. */
    readonly replaceOn: readonly NameOf<Inputs>[];
    /** These are JSON documents; another spelling of the same document is no change. */
    readonly documents?: readonly NameOf<Inputs>[];
    /** The order of these lists means nothing. */
    readonly sets?: readonly NameOf<Inputs>[];
    /** Outputs that AWS decides; unknown until the resource exists. */
    readonly computed: readonly string[];
    /** Those of the computed ones that a program may also say. */
    readonly optional?: readonly NameOf<Inputs>[];
    /** `map`: tags and tagsAll as the classic provider has them, with the provider's default tags. */
    readonly tags?: "map";
    /** AWS refuses two of a kind, so a replacement deletes first. */
    readonly deleteBeforeReplace?: boolean;
    /** What the real provider refuses before it asks AWS. */
    validate?(inputs: Inputs): readonly CheckFailure[];
    /** Returns the id. */
    create(aws: Aws, inputs: Inputs): Promise<string>;
    /** What AWS says about the resource now, under the names of its outputs; undefined, or AWS's own error, when it is gone. */
    read(aws: Aws, id: string, state: Inputs): Promise<Properties | undefined>;
    /** The id in the state, where a program imports the resource by another one. */
    idOf?(outputs: Properties): string;
    /** Without it every change replaces the resource. */
    update?(aws: Aws, id: string, olds: Inputs, news: Inputs): Promise<unknown>;
    /** After the update, where tags have calls of their own. */
    tag?(aws: Aws, id: string, tags: Tags): Promise<unknown>;
    untag?(aws: Aws, id: string, keys: string[]): Promise<unknown>;
    delete(aws: Aws, id: string, state: Inputs): Promise<unknown>;
}

/** The arguments of a resource of a Pulumi package after the check: plain values, of which the `Filled` are there. */
export type Checked<Args, Filled extends keyof Args = never> = Unwrap<Args> &
    Required<Pick<Unwrap<Args>, Filled & keyof Unwrap<Args>>>;

export type Tags = Record<string, string>;

type NameOf<Inputs> = Extract<keyof Inputs, string>;

export interface CheckResult {
    readonly inputs: Properties;
    readonly failures: readonly CheckFailure[];
}

export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

/** What the real provider says where a text is not of its pattern; nothing where it is, or is not given. */
export function mismatches(
    property: string,
    given: string | undefined,
    pattern: RegExp,
    reason: string,
): readonly CheckFailure[] {
    return given === undefined || pattern.test(given) ? [] : [{ property, reason }];
}

export interface Difference {
    readonly changed: readonly string[];
    readonly replaces: readonly string[];
    readonly deleteBeforeReplace: boolean;
}

export function checked(
    row: ResourceRow,
    urn: string,
    olds: Properties,
    news: Properties,
    seed?: Uint8Array,
): CheckResult {
    const inputs: Properties = Object.fromEntries(
        Object.entries(news).filter(([, value]) => value !== undefined && value !== null),
    );
    delete inputs.__defaults;
    const defaulted: string[] = [];
    const fill = (property: string, value: () => unknown) => {
        if (inputs[property] !== undefined) return;
        inputs[property] = value();
        defaulted.push(property);
    };
    if (row.autoname) {
        const { property, lengthMax } = row.autoname;
        const wasDefaulted = (olds.__defaults as string[] | undefined)?.includes(property);
        fill(property, () => (wasDefaulted ? olds[property] : autoname(nameOf(urn), lengthMax, seed)));
    }
    for (const [property, value] of Object.entries(row.defaults ?? {})) fill(property, () => value);
    for (const property of row.documents ?? [])
        if (typeof inputs[property] === "object") inputs[property] = JSON.stringify(inputs[property]);
    const missing = (row.required ?? []).filter((property) => inputs[property] === undefined);
    const failures = [
        ...missing.map((property) => ({ property, reason: `Missing required argument: ${property} is required.` })),
        ...(row.validate?.(inputs) ?? []),
    ];
    return { inputs: { ...inputs, __defaults: defaulted.sort() }, failures };
}

export function difference(row: ResourceRow, oldInputs: Properties, news: Properties): Difference {
    const keys = new Set([...Object.keys(oldInputs), ...Object.keys(news)]);
    keys.delete("__defaults");
    const changed = [...keys].filter((property) => !isSame(row, property, oldInputs[property], news[property])).sort();
    const replaces = changed.filter((property) => row.replaceOn.includes(property) || row.update === undefined);
    const deleteBeforeReplace =
        row.deleteBeforeReplace === true || (replaces.length > 0 && isNamedByProgram(row, news));
    return { changed, replaces, deleteBeforeReplace };
}

/** The real provider deletes first where the name is the program's, because a second one of it might be refused; even if it is another name. */
function isNamedByProgram({ autoname }: ResourceRow, news: Properties): boolean {
    if (autoname === undefined) return false;
    const defaulted = news.__defaults as string[] | undefined;
    return defaulted !== undefined && news[autoname.property] !== undefined && !defaulted.includes(autoname.property);
}

/** Whether two values of a property mean the same to AWS. */
export function isSame(row: ResourceRow, property: string, left: unknown, right: unknown): boolean {
    const normal = row.documents?.includes(property) ? parsed : row.sets?.includes(property) ? sorted : assetIdentity;
    return isDeepStrictEqual(normal(left), normal(right));
}

function sorted(value: unknown): unknown {
    return Array.isArray(value) ? value.map((item) => JSON.stringify(item)).sort() : value;
}

function parsed(value: unknown): unknown {
    if (typeof value !== "string") return value;
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}

function autoname(name: string, lengthMax: number, seed: Uint8Array | undefined): string {
    const random = seed?.length ? createHash("sha256").update(seed).digest("hex") : randomBytes(4).toString("hex");
    const autonamed = `${name}-${random.slice(0, 7)}`;
    if (autonamed.length <= lengthMax) return autonamed;
    throw new Error(
        `The automatic name ${autonamed} is ${autonamed.length} characters long; AWS takes at most ${lengthMax}. ` +
            "Shorten the resource's name or give one.",
    );
}
