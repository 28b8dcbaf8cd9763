/**
 * Judge of what a transform hides from policies: one of a ShardedStream's own arguments.
 *
 * Pulumi shows policies a component's arguments as its transforms leave them. The component has made its resources from what the program gave
 * (in another language, from what the transforms made of that before they ran a second time). So what it has told two parts of its own, the
 * alarms that each has and the scaler, is compared with what policies were shown of it.
 */
import { nameOf, numberIn, streamAlarmsType } from "../capacity/pulumiNames";
import { scalingRange } from "../capacity/scaling/range";
import { countAt, declaredRequirements, isHeld, isOnDemand, isScaled, soundPlan } from "./declared";
import { ifShown } from "./hidden";
import {
    ignores,
    isKnown,
    isRecord,
    type ResourceView,
    shardedStreamType,
    streamAutoscalerType,
    Unknown,
} from "./resources";
import { retentionOf } from "./streams";
import { compliant, NotKnownYet, orNotKnown, type Verdict, violation } from "./verdict";

/** The parts of a ShardedStream that are told what it declares. */
export const toldTypes: readonly string[] = [streamAlarmsType, streamAutoscalerType];

export function judgeTold(part: ResourceView): Verdict {
    const { component, urn } = part;
    if (component?.type !== shardedStreamType) return compliant;
    const isAlarms = part.type === streamAlarmsType;
    // Any other that has it for a parent is not its own.
    if (nameOf(urn) !== (isAlarms ? component.name : `${component.name}-scaler`)) return compliant;
    // What its own ignoreChanges hide is said of the ShardedStream.
    if (ifShown(component, () => compliant).verdict !== "compliant") return compliant;
    const others = (isAlarms ? toldAlarms : toldScaler)(part, component).filter(
        ({ property, shown, told }) => !ignores(part, property) && isOther(shown, told),
    );
    if (others.length === 0) return compliant;
    const names = others.map(({ argument }) => argument).join(" and ");
    return violation(
        `A transform of ${component.name} changes ${names}: policies are shown what it leaves, and the resources inside are not made from that.`,
        `Set ${names} in the program, and let no transform of the ShardedStream change ${others.length === 1 ? "it" : "them"}.`,
    );
}

/** An argument of the ShardedStream: what policies are shown of it, and what it has told a property of a part. */
interface Told {
    readonly argument: string;
    readonly property: string;
    readonly shown: unknown;
    readonly told: unknown;
}

function toldAlarms({ props }: ResourceView, component: ResourceView): Told[] {
    const told = (argument: string, property: string, shown: () => unknown, otherwise?: unknown) => ({
        ...{ argument, property, shown: orMark(shown), told: props[property] ?? otherwise },
    });
    const isScaledStream = orMark(() => isScaled(component));
    const isPlanned = isScaledStream === false && props.scaled !== true;
    // Without a scaler only a stream in on-demand mode is told no count.
    const isToldOnDemand = (props.shardCount ?? undefined) === undefined;
    const onDemand = orMark(() => isOnDemand(component));
    // A remedy takes a count away; the stream itself says with how many it is deployed.
    const isCounted = isPlanned && onDemand === false && !isToldOnDemand && !isHeld(component);
    return [
        told("requirements", "requirements", () => shownRequirements(component)),
        told("consumers", "consumers", () => component.props.consumers ?? [], []),
        told("scaling", "scaled", () => isScaledStream, false),
        ...(isPlanned ? [{ ...told("capacityMode", "shardCount", () => onDemand), told: isToldOnDemand }] : []),
        ...(isCounted ? [told("shardCount", "shardCount", () => countAt(component, "shardCount"))] : []),
        // A held stream tells what it has.
        ...(isHeld(component) ? [] : [told("retentionHours", "retentionHours", () => retentionOf(component))]),
    ];
}

function toldScaler({ props }: ResourceView, component: ResourceView): Told[] {
    const shown = orMark(() => shownRange(component));
    return (["minShards", "maxShards"] as const).map((property) => ({
        argument: `scaling.${property}`,
        property,
        shown: isRecord(shown) ? shown[property] : new Unknown(property),
        told: props[property],
    }));
}

/** As parts are told them, with the consumers that are registered. */
function shownRequirements(component: ResourceView): unknown {
    const { requirements, unknown } = declaredRequirements(component);
    // What is not known yet, in part, is not told in part.
    return unknown.length > 0 ? new Unknown(unknown[0]!) : requirements;
}

function shownRange(component: ResourceView): unknown {
    const plan = isScaled(component) ? soundPlan(component) : undefined;
    const [minShards, maxShards] = [countAt(component, "scaling.minShards"), countAt(component, "scaling.maxShards")];
    return plan && scalingRange(plan, { minShards, maxShards });
}

/** What is computed, or the mark of what is not known yet. */
function orMark(compute: () => unknown): unknown {
    return orNotKnown(compute) ?? new Unknown("");
}

/** @throws NotKnownYet where only a part is not known, which would be told what policies are shown */
function isOther(shown: unknown, told: unknown): boolean {
    if (!isKnown(shown)) return false;
    if (told instanceof Unknown) throw new NotKnownYet([told.path]);
    if (!isRecord(shown)) return (numberIn(shown) ?? shown) !== (numberIn(told) ?? told);
    if (!isRecord(told)) return true;
    const isGiven = (value: unknown) => value !== undefined && value !== null;
    const keys = [...new Set([...Object.keys(shown), ...Object.keys(told)])];
    return keys.some((key) => (isGiven(shown[key]) || isGiven(told[key])) && isOther(shown[key], told[key]));
}
