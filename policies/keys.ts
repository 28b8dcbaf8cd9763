/**
 * Judges of what a ShardedStream declares about its partition keys: one speaks for one cause.
 */
import { chanceThatKeysFit } from "../capacity/keys/spread";
import { InvalidInputError } from "../capacity/problems";
import { type CompleteRequirements } from "../capacity/requirements";
import { keysText } from "../capacity/sizing/bounds";
import { moreKeys, smallerShare, suffixes } from "../capacity/sizing/keyFixes";
import { type CapacityPlan } from "../capacity/sizing/plan";
import { capitalized, count, formatNumber, formatPercent } from "../capacity/text";
import {
    attemptPlan,
    boundOf,
    countAt,
    type CountProperty,
    countProperties,
    declaredLoad,
    declaredRequirements,
    findingOf,
    isOnDemand,
    load,
    loadMinimum,
    soundPlan,
} from "./declared";
import { numberAt, type ResourceView, Unknown } from "./resources";
import { compliant, orNotKnown, tell, together, type Verdict, violation } from "./verdict";

export interface KeyConfig {
    /** How many times the shards of the load keys may ask for, whatever a program declares. */
    readonly keysMayRaiseShards: number;
}

type KeyError = "too-few-keys" | "hottest-key-exceeds-shard";

/** What the plan rejects about the keys where they may ask for no more than the configuration lets them. */
export function judgeKeyError(code: KeyError): (stream: ResourceView, config: KeyConfig) => Verdict {
    return (stream, config) => {
        const plan = soundPlan(stream);
        return (plan && keyError(stream, plan, code, config)) ?? compliant;
    };
}

function keyError(
    stream: ResourceView,
    plan: CapacityPlan,
    code: KeyError,
    { keysMayRaiseShards: allowed }: KeyConfig,
): Verdict | undefined {
    const declared = plan.requirements.keysMayRaiseShards;
    const gate = declared <= allowed ? plan : whereKeysMayRaise(allowed, plan);
    const finding = gate && findingOf(gate, code);
    if (finding === undefined) return undefined;
    const isSaid = numberAt(stream, "requirements", "keysMayRaiseShards") !== undefined;
    const asks = isSaid
        ? `The requirements declare keysMayRaiseShards ${formatNumber(declared)}`
        : `keysMayRaiseShards is ${formatNumber(declared)} by default`;
    const over = gate === plan ? "" : ` (${asks}, the policy's configuration allows ${formatNumber(allowed)}.)`;
    return violation(
        finding.message,
        `${fixOnSetShards(stream, plan, code, Math.min(declared, allowed)) ?? finding.fix}${over}`,
    );
}

function whereKeysMayRaise(keysMayRaiseShards: number, { requirements }: CapacityPlan): CapacityPlan | undefined {
    const plan = attemptPlan({ ...requirements, keysMayRaiseShards }, []);
    return plan instanceof InvalidInputError ? undefined : plan;
}

/** What mends the keys where a count is set that leaves them fewer shards than they may ask for: they may then ask for that count. */
function fixOnSetShards(
    stream: ResourceView,
    plan: CapacityPlan,
    code: KeyError,
    mayRaise: number,
): string | undefined {
    const forLoad = loadMinimum(plan);
    const counts = orNotKnown(() => (isOnDemand(stream) ? [] : countProperties(stream))) ?? [];
    const set = counts.map((property) => ({
        property,
        shards: orNotKnown(() => countAt(stream, property)) ?? Infinity,
    }));
    // A count that is too low for the load whatever its keys is capacity-covers-requirements' matter.
    const [fewest] = set.filter(({ shards }) => shards >= forLoad).sort((one, other) => one.shards - other.shards);
    if (fewest === undefined || fewest.shards >= Math.floor(forLoad * mayRaise)) return undefined;
    const bounded = whereKeysMayRaise(fewest.shards / forLoad, plan);
    const finding = bounded && findingOf(bounded, code);
    return finding && `${finding.fix} (Counted for the ${count(fewest.shards, "shard")} of ${fewest.property}.)`;
}

/** Keys that the plan rejects, and those that do not spread over the shards that are deployed instead of the planned ones. */
export function judgeKeys(stream: ResourceView, config: KeyConfig): Verdict {
    const plan = soundPlan(stream);
    // One key above a shard is another policy's matter: no number of other keys mends it.
    if (!plan || keyError(stream, plan, "hottest-key-exceeds-shard", config)) return compliant;
    const tooFew = keyError(stream, plan, "too-few-keys", config);
    if (tooFew) return tooFew;
    if (isOnDemand(stream)) return compliant;
    return together(countProperties(stream).map((property) => tell(() => judgeDeployedKeys(stream, property, plan))));
}

/** The declared keys on the shards that a property deploys. */
export function judgeDeployedKeys(stream: ResourceView, property: CountProperty, plan: CapacityPlan): Verdict {
    const shards = countAt(stream, property);
    const enough = boundOf(plan, "keySkew").shards;
    // A count that is too low for the load whatever its keys is capacity-covers-requirements' matter.
    if (shards === undefined || shards >= enough || shards < loadMinimum(plan)) return compliant;
    const { requirements } = plan;
    const fits = formatPercent(chanceThatKeysFit(requirements, shards));
    return violation(
        `${declaredKeys(requirements)} carry ${load(plan)}; on the ${count(shards, "shard")} of ${property} every shard stays within its limits only ${fits} of the time.`,
        `Set ${property} to ${formatNumber(enough)} or more, or ${changedKeys(requirements, shards)}.`,
    );
}

function declaredKeys(requirements: CompleteRequirements): string {
    const subject = capitalized(keysText(requirements));
    return subject.includes(", ") ? `${subject},` : subject;
}

/** The smallest change of the keys with which a count is enough. */
function changedKeys(requirements: CompleteRequirements, shards: number): string {
    const { hottestKeyShare, heaviestKeyShares = [] } = requirements;
    if (hottestKeyShare === undefined && heaviestKeyShares.length === 0)
        return moreKeys(requirements, shards)?.text ?? "use a partition key with more distinct values";
    const fix = suffixes(requirements, shards) ?? smallerShare(requirements, shards) ?? moreKeys(requirements, shards);
    return fix?.text ?? "spread the hottest key by suffixes (key-0, key-1, ...)";
}

/** Keys that the plan pays for, unless a count is deployed that leaves out what they need: that is another policy's matter. */
export function judgeKeyCost(stream: ResourceView): Verdict {
    const plan = soundPlan(stream);
    const finding = plan && findingOf(plan, "keys-raise-shards");
    if (!finding || isOnDemand(stream)) return compliant;
    const enough = boundOf(plan, "keySkew").shards;
    if (countProperties(stream).some((property) => (countAt(stream, property) ?? enough) < enough)) return compliant;
    return violation(finding.message, finding.fix);
}

const keyDeclarations = ["distinctKeys", "hottestKeyShare", "heaviestKeyShares"] as const;

/** A load that fits one shard fits whatever its keys are. Keys that are declared by a value that is not known yet are declared. */
export function judgeKeysDeclared(stream: ResourceView): Verdict {
    const { declared = {} } = declaredRequirements(stream);
    const isDeclared = (name: string) => {
        const value = declared[name];
        return Array.isArray(value) ? value.length > 0 : (value ?? undefined) !== undefined;
    };
    const arePlaced = declared.explicitHashKeys === true || declared.explicitHashKeys instanceof Unknown;
    if (arePlaced || keyDeclarations.some(isDeclared)) return compliant;
    const known = declaredLoad(stream);
    if (known === undefined || known.fitsOneShard) return compliant;
    return violation(
        `${known.need} more than one shard, and nothing is declared about the partition keys that spread the load.`,
        "Declare requirements.distinctKeys, or the requirements.heaviestKeyShares that `sharded-stream keys analyze FILE` measures, or requirements.explicitHashKeys where producers place the keys.",
    );
}
