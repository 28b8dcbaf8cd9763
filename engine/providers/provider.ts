/**
 * A stand-in Pulumi provider: a table of resource rows, one for each type, turned into what an engine asks of a provider
 * (check, diff, create, read, update, delete, invoke). It behaves as the real provider does where a program or a policy
 * could see the difference: names, defaults, replacements, computed outputs, unknowns in a preview.
 */
import { nameOf, type Properties, typeOf, unknownValue } from "../values";
import { type Aws, orGone } from "./aws";
import {
    checked,
    type CheckResult,
    type Difference,
    difference,
    isSame,
    type ResourceRow,
    type Tags,
} from "./resource";
import { type UnknownTypes } from "./unknown";

export type Invoke = (aws: Aws, args: Properties) => Promise<Properties>;

export interface ProviderTables {
    readonly name: string;
    readonly resources: Readonly<Record<string, ResourceRow>>;
    readonly invokes: Readonly<Record<string, Invoke>>;
}

export interface Update {
    readonly state: Properties;
    readonly oldInputs: Properties;
    readonly news: Properties;
    readonly preview: boolean;
}

export class StandInProvider {
    constructor(
        private readonly tables: ProviderTables,
        readonly aws: Aws,
        /** Answers what the tables do not have; without it, that is refused. */
        private readonly unknown?: UnknownTypes,
    ) {}

    check(urn: string, olds: Properties, news: Properties, seed?: Uint8Array): CheckResult {
        return checked(this.row(urn), urn, olds, news, seed);
    }

    diff(urn: string, oldInputs: Properties, news: Properties): Difference {
        const row = this.row(urn);
        return difference(row, this.located(row, oldInputs), this.located(row, news));
    }

    async create(urn: string, inputs: Properties, preview: boolean): Promise<{ id: string; outputs: Properties }> {
        const row = this.row(urn);
        if (preview) {
            const unknowns = Object.fromEntries(row.computed.map((property) => [property, unknownValue]));
            return { id: "", outputs: { ...unknowns, ...this.outputsOf(row, inputs) } };
        }
        const id = await acting("creating", urn, () => row.create(this.awsOf(inputs), this.tagged(row, inputs)));
        const live = await this.live(urn, id, inputs, inputs);
        if (live !== undefined) return { id, outputs: { ...this.outputsOf(row, inputs), ...live } };
        throw new Error(`creating ${typeOf(urn)} ${nameOf(urn)}: AWS does not know ${id} after its creation.`);
    }

    /** The live resource, or undefined when it is gone; `inputs` is what a program would have to say to get it. */
    async read(
        urn: string,
        id: string,
        state: Properties,
        oldInputs: Properties,
    ): Promise<{ id: string; outputs: Properties; inputs: Properties } | undefined> {
        const row = this.row(urn);
        const live = await this.live(urn, id, state, oldInputs);
        if (live === undefined) return undefined;
        const importing = Object.keys(oldInputs).length === 0;
        const inputs = importing
            ? Object.entries(live).filter(([property, value]) => isSaid(row, property, value))
            : Object.entries(oldInputs).map(([property, value]) => [
                  property,
                  property in live && !isSame(row, property, value, live[property]) ? live[property] : value,
              ]);
        const outputs = { ...this.outputsOf(row, state), ...live };
        return { id: row.idOf?.(live) ?? id, outputs, inputs: Object.fromEntries(inputs) };
    }

    async update(urn: string, id: string, { state, oldInputs, news, preview }: Update): Promise<Properties> {
        const row = this.row(urn);
        if (preview) return { ...state, ...this.outputsOf(row, news) };
        if (row.update === undefined)
            throw new Error(`updating ${typeOf(urn)} ${nameOf(urn)}: this type cannot be updated in place.`);
        const aws = this.awsOf(news);
        const [olds, tagged] = [this.tagged(row, oldInputs), this.tagged(row, news)];
        await acting("updating", urn, async () => {
            await row.update?.(aws, id, olds, tagged);
            const { added, removed } = tagChanges(tagsOf(olds), tagsOf(tagged));
            if (removed.length > 0) await row.untag?.(aws, id, removed);
            if (Object.keys(added).length > 0) await row.tag?.(aws, id, added);
        });
        const live = await this.live(urn, id, news, news);
        if (live !== undefined) return { ...this.outputsOf(row, news), ...live };
        throw new Error(`updating ${typeOf(urn)} ${nameOf(urn)}: AWS no longer knows ${id}.`);
    }

    async delete(urn: string, id: string, state: Properties): Promise<void> {
        const row = this.row(urn);
        // What is gone already is what was asked for.
        await acting("deleting", urn, () => orGone(() => row.delete(this.awsOf(state), id, state)));
    }

    async invoke(token: string, args: Properties): Promise<Properties> {
        const aws = this.awsOf(args);
        if (this.unknown !== undefined && !(token in this.tables.invokes)) return this.unknown.invoke(token, aws, args);
        return this.known("function", this.tables.invokes, token)(aws, args);
    }

    private row(urn: string): ResourceRow {
        const type = typeOf(urn);
        if (this.unknown !== undefined && !(type in this.tables.resources)) return this.unknown.rowOf(urn);
        return this.known("resource type", this.tables.resources, type);
    }

    private known<T>(kind: string, table: Readonly<Record<string, T>>, name: string): T {
        const found = table[name];
        if (found !== undefined) return found;
        throw new Error(
            `The sandbox's ${this.tables.name} provider has no ${kind} ${name}. It has: ${Object.keys(table).sort().join(", ")}.`,
        );
    }

    /** AWS gives all tags back; those that only the provider's default tags added belong into tagsAll alone. */
    private async live(
        urn: string,
        id: string,
        state: Properties,
        inputs: Properties,
    ): Promise<Properties | undefined> {
        const row = this.row(urn);
        const live = await acting("reading", urn, () => orGone(() => row.read(this.awsOf(state), id, state)));
        if (row.tags !== "map" || live?.tags === undefined) return live;
        const [all, own] = [tagsOf(live), tagsOf(inputs)];
        const tags = Object.fromEntries(
            Object.entries(all).filter(([key, value]) => key in own || this.aws.defaultTags[key] !== value),
        );
        return { ...live, tags, tagsAll: all };
    }

    private outputsOf(row: ResourceRow, inputs: Properties): Properties {
        const outputs: Properties = this.located(row, inputs);
        delete outputs.__defaults;
        return row.tags === "map" ? { ...outputs, tagsAll: this.allTags(inputs) } : outputs;
    }

    /** Where a resource or the answer to a question lies. */
    private awsOf({ region }: Properties): Aws {
        return this.aws.inRegion(region);
    }

    /** The classic provider tells the region of everything that has one; to name its own is no change. */
    private located(row: ResourceRow, inputs: Properties): Properties {
        return row.replaceOn.includes("region") ? { region: this.aws.settings.region, ...inputs } : { ...inputs };
    }

    private tagged(row: ResourceRow, inputs: Properties): Properties {
        return row.tags === "map" ? { ...inputs, tags: this.allTags(inputs) } : inputs;
    }

    private allTags(inputs: Properties): unknown {
        return inputs.tags === unknownValue ? unknownValue : { ...this.aws.defaultTags, ...tagsOf(inputs) };
    }
}

/** Whether a program would have to say it to get the resource that is imported. */
function isSaid({ computed, optional = [] }: ResourceRow, property: string, value: unknown): boolean {
    const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
    return !isEmpty && property !== "tagsAll" && (!computed.includes(property) || optional.includes(property));
}

function tagsOf({ tags }: Properties): Tags {
    return (tags ?? {}) as Tags;
}

function tagChanges(before: Tags, after: Tags): { added: Tags; removed: string[] } {
    return {
        added: Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value)),
        removed: Object.keys(before).filter((key) => !(key in after)),
    };
}

async function acting<T>(verb: string, urn: string, act: () => Promise<T>): Promise<T> {
    try {
        return await act();
    } catch (error) {
        throw new Error(`${verb} ${typeOf(urn)} ${nameOf(urn)}: ${describe(error)}`);
    }
}

function describe(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
}
