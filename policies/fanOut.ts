/**
 * Judges of how many consumers with enhanced fan-out a stream has: those that a ShardedStream declares, and all that a stack registers.
 */
import { count, formatNumber } from "../capacity/text";
import { registeredConsumers } from "./declared";
import { consumerMatch, type Judgement, streamsOf } from "./matches";
import { consumerTypes, isOwnStream, numberAt, ofTypes, type ResourceView, valueAt } from "./resources";
import { cannotTell, compliant, tell, type Verdict, violation } from "./verdict";

export interface FanOutConfig {
    readonly fanOutConsumersMax: number;
}

export function judgeFanOut(stream: ResourceView, { fanOutConsumersMax }: FanOutConfig): Verdict {
    // Judged only once the list is known.
    valueAt(stream, "consumers");
    const registered = registeredConsumers(stream);
    const declared = numberAt(stream, "requirements", "fanOutConsumers") ?? 0;
    if (Math.max(registered, declared) <= fanOutConsumersMax) return compliant;
    const says =
        registered >= declared
            ? `consumers registers ${count(registered, "fan-out consumer")}`
            : `requirements.fanOutConsumers declares ${count(declared, "fan-out consumer")}`;
    const tooMany = [
        ...(registered > fanOutConsumersMax ? ["consumers"] : []),
        ...(declared > fanOutConsumersMax ? ["requirements.fanOutConsumers"] : []),
    ];
    return violation(
        `${says} on one stream; a stream accepts ${formatNumber(fanOutConsumersMax)}.`,
        `Reduce ${tooMany.join(" and ")} to ${formatNumber(fanOutConsumersMax)} and let the others share one consumer's records, or copy the stream.`,
    );
}

/** A stream of any kind, with all that are registered on it: a ShardedStream knows its own only. */
export function judgeRegistered(resources: readonly ResourceView[], config: FanOutConfig): Judgement[] {
    return streamsOf(resources).map((stream) => ({ urn: stream.urn, verdict: judgeAll(stream, resources, config) }));
}

function judgeAll(stream: ResourceView, resources: readonly ResourceView[], config: FanOutConfig): Verdict {
    const component = isOwnStream(stream) ? stream.component : undefined;
    if (component !== undefined && tell(() => judgeFanOut(component, config)).verdict !== "compliant") return compliant;
    const { fanOutConsumersMax: most } = config;
    const matches = ofTypes(resources, consumerTypes).map((consumer) => consumerMatch(consumer, stream, resources));
    const there = matches.filter((match) => match === "yes").length;
    const perhaps = matches.filter((match) => match === "maybe").length;
    if (there <= most) return there + perhaps <= most ? compliant : cannotTell(["streamArn"]);
    return violation(
        `This stack registers ${count(there, "fan-out consumer")} on the stream; a stream accepts ${formatNumber(most)}.`,
        `Remove ${formatNumber(there - most)} of them and let ${there - most === 1 ? "its reader" : "their readers"} share one consumer's records, or copy the stream.`,
    );
}
