// A stand-in Pulumi provider: a table of resource rows, one for each type, turned into what an engine asks of a
// provider (check, diff, create, read, update, delete, invoke). It behaves as the real provider does where a program or a
// policy could see the difference: names, defaults, replacements, computed outputs, unknowns in a preview.
import { createHash, randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { assetIdentity, isAsset } from "./archive";
import { type Aws } from "./aws";

export type Properties = Record<string, unknown>;

/** What Pulumi writes in a preview where a value is not known yet. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface ResourceRow {
    /** The property that is named automatically, `name-7hex`, and the longest name that AWS takes. */
    readonly autoname?: { readonly property: string; readonly lengthMax: number };
    /** What the provider fills in where the program says nothing. */
    readonly defaults?: Properties;
    readonly required?: readonly string[];
    /** A change of one of these replaces the resource. */
    readonly replaceOn: readonly string[];
    /** These are JSON documents; another spelling of the same document is no change. */
    readonly documents?: readonly string[];
    /** The order of these lists means nothing. */
    readonly sets?: readonly string[];
    /** Outputs that AWS decides; unknown until the resource exists. */
    readonly computed: readonly string[];
    /** `map`: tags and tagsAll as the classic provider has them, with the provider's default tags. */
    readonly tags?: "map";
    /** AWS refuses two of a kind, so a replacement deletes first. */
    readonly deleteBeforeReplace?: boolean;
    /** What the real provider refuses before it asks AWS. */
    validate?(inputs: Properties): readonly CheckFailure[];
    /** Returns the id. */
    create(aws: Aws, inputs: Properties): Promise<string>;
    /** What AWS says about the resource now, under the names of its outputs; undefined when it is gone. */
    read(aws: Aws, id: string, state: Properties): Promise<Properties | undefined>;
    update?(aws: Aws, id: string, olds: Properties, news: Properties): Promise<void>;
    delete(aws: Aws, id: string, state: Properties): Promise<void>;
}

export type Invoke = (aws: Aws, args: Properties) => Promise<Properties>;

export interface ProviderTables {
    readonly name: string;
    readonly resources: Readonly<Record<string, ResourceRow>>;
    readonly invokes: Readonly<Record<string, Invoke>>;
}

export interface Difference {
    readonly changed: readonly string[];
    readonly replaces: readonly string[];
    readonly deleteBeforeReplace: boolean;
}

export class StandInProvider {
    constructor(
        private readonly tables: ProviderTables,
        readonly aws: Aws,
    ) {}

    check(urn: string, olds: Properties, news: Properties, seed?: Uint8Array): CheckResult {
        const row = this.row(urn);
        const inputs: Properties = { ...withoutUndefined(news) };
        delete inputs.__defaults;
        const defaulted: string[] = [];
        if (row.autoname && inputs[row.autoname.property] === undefined) {
            const { property, lengthMax } = row.autoname;
            const wasDefaulted = (olds.__defaults as string[] | undefined)?.includes(property);
            inputs[property] = wasDefaulted ? olds[property] : autoname(nameOf(urn), lengthMax, seed);
            defaulted.push(property);
        }
        for (const [property, value] of Object.entries(row.defaults ?? {})) {
            if (inputs[property] === undefined) {
                inputs[property] = value;
                defaulted.push(property);
            }
        }
        for (const property of row.documents ?? [])
            if (typeof inputs[property] === "object") inputs[property] = JSON.stringify(inputs[property]);

        const missing = (row.required ?? []).filter((property) => inputs[property] === undefined);
        const failures = [
            ...missing.map((property) => ({ property, reason: `Missing required argument: ${property} is required.` })),
            ...(row.validate?.(inputs) ?? []),
        ];
        return { inputs: { ...inputs, __defaults: defaulted.sort() }, failures };
    }

    diff(urn: string, oldInputs: Properties, news: Properties): Difference {
        const row = this.row(urn);
        const keys = new Set([...Object.keys(oldInputs), ...Object.keys(news)]);
        keys.delete("__defaults");
        const changed = [...keys]
            .filter((property) => !same(row, property, oldInputs[property], news[property]))
            .sort();
        const replaces = changed.filter((property) => row.replaceOn.includes(property) || row.update === undefined);
        return { changed, replaces, deleteBeforeReplace: row.deleteBeforeReplace === true };
    }

    async create(urn: string, inputs: Properties, preview: boolean): Promise<{ id: string; outputs: Properties }> {
        const row = this.row(urn);
        if (preview) {
            const unknowns = Object.fromEntries(row.computed.map((property) => [property, unknownValue]));
            return { id: "", outputs: { ...unknowns, ...this.outputsOf(row, inputs) } };
        }
        const id = await this.acting("creating", urn, () => row.create(this.aws, this.tagged(row, inputs)));
        const live = await this.acting("reading", urn, () => row.read(this.aws, id, inputs));
        if (live === undefined)
            throw new Error(`creating ${typeOf(urn)} ${nameOf(urn)}: AWS does not know ${id} after its creation.`);

        return { id, outputs: { ...this.outputsOf(row, inputs), ...this.untagged(row, live, inputs) } };
    }

    /** The live resource, or undefined when it is gone; `inputs` is what a program would have to say to get it. */
    async read(
        urn: string,
        id: string,
        state: Properties,
        oldInputs: Properties,
    ): Promise<{ outputs: Properties; inputs: Properties } | undefined> {
        const row = this.row(urn);
        const read = await this.acting("reading", urn, () => row.read(this.aws, id, state));
        if (read === undefined) return undefined;

        const live = this.untagged(row, read, oldInputs);
        const importing = Object.keys(oldInputs).length === 0;
        const inputs = importing
            ? Object.fromEntries(Object.entries(live).filter(([property]) => !row.computed.includes(property)))
            : Object.fromEntries(
                  Object.entries(oldInputs).map(([property, value]) => [
                      property,
                      property in live && !same(row, property, value, live[property]) ? live[property] : value,
                  ]),
              );
        return { outputs: { ...this.outputsOf(row, state), ...live }, inputs };
    }

    async update(urn: string, id: string, update: Update): Promise<Properties> {
        const row = this.row(urn);
        const { state, oldInputs, news, preview } = update;
        if (preview) return { ...state, ...this.outputsOf(row, news) };

        const act = row.update;
        if (act === undefined)
            throw new Error(`updating ${typeOf(urn)} ${nameOf(urn)}: this type cannot be updated in place.`);

        const olds = this.tagged(row, oldInputs);
        await this.acting("updating", urn, () => act(this.aws, id, olds, this.tagged(row, news)));
        const live = await this.acting("reading", urn, () => row.read(this.aws, id, news));
        if (live === undefined) throw new Error(`updating ${typeOf(urn)} ${nameOf(urn)}: AWS no longer knows ${id}.`);

        return { ...this.outputsOf(row, news), ...this.untagged(row, live, news) };
    }

    async delete(urn: string, id: string, state: Properties): Promise<void> {
        const row = this.row(urn);
        await this.acting("deleting", urn, async () => {
            try {
                await row.delete(this.aws, id, state);
            } catch (error) {
                // What is gone already is what was asked for.
                if (!isNotFound(error)) throw error;
            }
        });
    }

    async invoke(token: string, args: Properties): Promise<Properties> {
        const invoke = this.tables.invokes[token];
        if (invoke === undefined) {
            throw new Error(
                `The sandbox's ${this.tables.name} provider has no function ${token}. ` +
                    `It has: ${Object.keys(this.tables.invokes).sort().join(", ")}.`,
            );
        }
        return invoke(this.aws, args);
    }

    private row(urn: string): ResourceRow {
        const type = typeOf(urn);
        const row = this.tables.resources[type];
        if (row === undefined) {
            throw new Error(
                `The sandbox's ${this.tables.name} provider has no resource type ${type}. ` +
                    `It has: ${Object.keys(this.tables.resources).sort().join(", ")}.`,
            );
        }
        return row;
    }

    private outputsOf(row: ResourceRow, inputs: Properties): Properties {
        // The classic provider tells the region of everything that has one.
        const region = row.replaceOn.includes("region") ? { region: this.aws.settings.region } : {};
        const outputs: Properties = { ...region, ...inputs };
        delete outputs.__defaults;
        return row.tags === "map" ? { ...outputs, tagsAll: this.allTags(inputs) } : outputs;
    }

    private tagged(row: ResourceRow, inputs: Properties): Properties {
        return row.tags === "map" ? { ...inputs, tags: this.allTags(inputs) } : inputs;
    }

    /** AWS gives all tags back; those that only the provider's default tags added belong into tagsAll alone. */
    private untagged(row: ResourceRow, live: Properties, inputs: Properties): Properties {
        if (row.tags !== "map" || live.tags === undefined) return live;

        const all = live.tags as Record<string, string>;
        const own = (inputs.tags ?? {}) as Record<string, string>;
        const tags = Object.fromEntries(
            Object.entries(all).filter(([key, value]) => key in own || this.aws.defaultTags[key] !== value),
        );
        return { ...live, tags, tagsAll: all };
    }

    private allTags(inputs: Properties): unknown {
        const own = inputs.tags ?? {};
        return own === unknownValue ? unknownValue : { ...this.aws.defaultTags, ...(own as object) };
    }

    private async acting<T>(verb: string, urn: string, act: () => Promise<T>): Promise<T> {
        try {
            return await act();
        } catch (error) {
            throw new Error(`${verb} ${typeOf(urn)} ${nameOf(urn)}: ${describe(error)}`);
        }
    }
}

export interface CheckResult {
    readonly inputs: Properties;
    readonly failures: readonly CheckFailure[];
}

export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

export interface Update {
    readonly state: Properties;
    readonly oldInputs: Properties;
    readonly news: Properties;
    readonly preview: boolean;
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` -> TYPE. */
export function typeOf(urn: string): string {
    return (urn.split("::")[2] ?? "").split("$").pop() ?? "";
}

export function nameOf(urn: string): string {
    return urn.split("::").slice(3).join("::");
}

function autoname(name: string, lengthMax: number, seed: Uint8Array | undefined): string {
    const random = seed?.length ? createHash("sha256").update(seed).digest("hex") : randomBytes(4).toString("hex");
    const autonamed = `${name}-${random.slice(0, 7)}`;
    if (autonamed.length > lengthMax) {
        throw new Error(
            `The automatic name ${autonamed} is ${autonamed.length} characters long; AWS takes at most ${lengthMax}. ` +
                "Shorten the resource's name or give one.",
        );
    }
    return autonamed;
}

function same(row: ResourceRow, property: string, left: unknown, right: unknown): boolean {
    const normal = row.documents?.includes(property) ? parsed : row.sets?.includes(property) ? sorted : withIdentity;
    return isDeepStrictEqual(normal(left), normal(right));
}

function sorted(value: unknown): unknown {
    return Array.isArray(value) ? value.map((item) => JSON.stringify(item)).sort() : value;
}

function withIdentity(value: unknown): unknown {
    return isAsset(value) ? assetIdentity(value) : value;
}

function parsed(value: unknown): unknown {
    if (typeof value !== "string") return value;

    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}

function withoutUndefined(properties: Properties): Properties {
    return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null));
}

export function isNotFound(error: unknown): boolean {
    const name = (error as { name?: string } | undefined)?.name ?? "";
    return /^(ResourceNotFound(Exception)?|ResourceNotFoundFault|NotFound(Exception)?|NoSuchEntity(Exception)?)$/.test(
        name,
    );
}

function describe(error: unknown): string {
    if (!(error instanceof Error)) return String(error);

    return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
}
