/**
 * A resource that a program registers with the embedded engine: checked, judged by the policies, created or changed.
 */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Deployment, type KnownResource, type ResourceName } from "./deployment";
import { type HookNames } from "./hooks";
import { type AnalyzedResource } from "./policyPack";
import { withContentHashes } from "./providers/archive";
import { type StandInProvider } from "./providers/provider";
import { StoppedError } from "./record";
import { nameOf, packageOf, type Properties, revealed, unknownValue, withSecrets } from "./values";

export interface Registration extends ResourceName {
    readonly custom: boolean;
    readonly remote: boolean;
    /** `URN::ID` of a provider resource; empty: the default provider, or the parent's. */
    readonly provider: string;
    readonly properties: Properties;
    readonly dependencies: readonly string[];
    readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
    readonly protect: boolean;
    readonly ignoreChanges: readonly string[];
    readonly retainOnDelete: boolean;
    readonly importId: string;
    readonly hooks: HookNames;
}

export interface Registered {
    readonly urn: string;
    readonly id: string;
    readonly outputs: Properties;
}

const providerTypePrefix = "pulumi:providers:";
const stashType = "pulumi:index:Stash";

export async function register(deployment: Deployment, registration: Registration): Promise<Registered> {
    const { record } = deployment;
    const { preview, stack } = deployment.options;
    const { type } = registration;
    if (record.failed && !preview) throw new StoppedError("The update was stopped.");
    const urn = deployment.urnOf(registration);
    if (deployment.registered.has(urn))
        record.refuse(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);
    if (registration.remote) {
        const { unknown } = deployment.options;
        if (unknown === undefined) return record.refuse("Components of other packages need the real engine.", urn);
        unknown.note(type, registration.name);
    }
    const { programDirectory } = deployment.options;
    const content = await record.acting(urn, async () => withContentHashes(registration.properties, programDirectory));
    const { plain, secrets } = revealed(content as Properties);
    if (type.startsWith(providerTypePrefix)) {
        await deployment.declareProvider(urn, type.slice(providerTypePrefix.length), plain);
        return { urn, id: preview ? unknownValue : randomUUID(), outputs: plain };
    }
    const known = stack.resources.get(urn);
    const given = withIgnored(plain, known?.inputs ?? {}, registration.ignoreChanges);
    if (!registration.custom || type === stashType) return registerOwn(deployment, urn, registration, given, known);
    const chosen = await deployment.providerOf(type, registration.provider, urn);
    const checked = await check(deployment, urn, chosen.provider, known, given);
    const defaultType = `${providerTypePrefix}${packageOf(type)}`;
    const providerUrn = chosen.declaredUrn ?? `${deployment.urnPrefix}${defaultType}::default`;
    const properties = chosen.configuration;
    const analyzed = await deployment.judge({
        ...asAnalyzed(urn, registration, checked),
        provider: { urn: providerUrn, type: defaultType, name: nameOf(providerUrn), properties },
    });
    const inputs = analyzed.properties;
    if (registration.importId !== "") record.refuse("Importing needs the real engine.", urn);
    const { id, outputs } = await record.acting(urn, () =>
        put(deployment, { urn, provider: chosen.provider, inputs, known, hookNames: registration.hooks }),
    );
    deployment.registered.set(urn, { ...analyzed, properties: outputs });
    const { retainOnDelete } = registration;
    deployment.remember(urn, { id, inputs, outputs, provider: properties, retainOnDelete });
    return { urn, id, outputs: withSecrets(outputs, secrets) };
}

/** What exists in the engine alone: components, the stack, and a stash, which keeps the first value that it was given. */
async function registerOwn(
    deployment: Deployment,
    urn: string,
    registration: Registration,
    given: Properties,
    known: KnownResource | undefined,
): Promise<Registered> {
    const { properties: inputs } = await deployment.judge(asAnalyzed(urn, registration, given));
    const isSame = known !== undefined && isDeepStrictEqual(known.inputs, inputs);
    deployment.record.count(known === undefined ? "create" : isSame ? "same" : "update", urn, inputs, {});
    const own = { inputs, provider: {}, retainOnDelete: true };
    if (!registration.custom) {
        deployment.remember(urn, { ...own, id: "", outputs: inputs });
        return { urn, id: "", outputs: registration.properties };
    }
    const outputs = { ...inputs, output: known === undefined ? inputs.input : known.outputs.output };
    const id = known?.id ?? (deployment.options.preview ? "" : randomUUID());
    deployment.remember(urn, { ...own, id, outputs });
    return { urn, id, outputs };
}

async function check(
    { record }: Deployment,
    urn: string,
    provider: StandInProvider,
    known: KnownResource | undefined,
    given: Properties,
): Promise<Properties> {
    const { inputs, failures } = await record.acting(urn, async () => provider.check(urn, known?.inputs ?? {}, given));
    for (const { reason, property } of failures)
        record.fail(`${reason} Examine values at '${nameOf(urn)}.${property}'.`, urn);
    if (failures.length > 0) throw new StoppedError("The inputs were refused.");
    return inputs;
}

interface Put {
    readonly urn: string;
    readonly provider: StandInProvider;
    readonly inputs: Properties;
    readonly known: KnownResource | undefined;
    readonly hookNames: HookNames;
}

/** Creates, replaces, updates or leaves alone, as the provider finds a difference. */
async function put(
    { record, hooks, options: { preview } }: Deployment,
    { urn, provider, inputs, known, hookNames }: Put,
): Promise<{ id: string; outputs: Properties }> {
    const create = async () => {
        await hooks.run("beforeCreate", hookNames, { urn, id: "", newInputs: inputs });
        const created = await provider.create(urn, inputs, preview);
        const { id, outputs: newOutputs } = created;
        await hooks.run("afterCreate", hookNames, { urn, id, newInputs: inputs, newOutputs });
        return created;
    };
    if (known === undefined) {
        const created = await create();
        record.count("create", urn, inputs, created.outputs);
        return created;
    }
    const { changed, replaces } = provider.diff(urn, known.inputs, inputs);
    if (changed.length === 0) {
        record.count("same", urn, inputs, known.outputs);
        return known;
    }
    if (replaces.length > 0) {
        if (!preview) await provider.delete(urn, known.id, known.outputs);
        const replaced = await create();
        record.count("replace", urn, inputs, replaced.outputs, changed);
        return replaced;
    }
    const { id, inputs: oldInputs, outputs: oldOutputs } = known;
    await hooks.run("beforeUpdate", hookNames, { urn, id, newInputs: inputs, oldInputs, oldOutputs });
    const outputs = await provider.update(urn, id, { state: oldOutputs, oldInputs, news: inputs, preview });
    const after = { newInputs: inputs, oldInputs, newOutputs: outputs, oldOutputs };
    await hooks.run("afterUpdate", hookNames, { urn, id, ...after });
    record.count("update", urn, inputs, outputs, changed);
    return { id, outputs };
}

function asAnalyzed(urn: string, registration: Registration, properties: Properties): AnalyzedResource {
    const { type, name, parent, dependencies, propertyDependencies, protect, ignoreChanges } = registration;
    return { urn, type, name, parent, properties, dependencies, propertyDependencies, protect, ignoreChanges };
}

/** Only whole properties can be ignored here: `shardCount`, not `tags.team`. */
function withIgnored(news: Properties, olds: Properties, ignored: readonly string[]): Properties {
    const kept = ignored.filter((property) => property in olds).map((property) => [property, olds[property]] as const);
    return { ...news, ...Object.fromEntries(kept) };
}
