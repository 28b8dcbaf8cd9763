/**
 * Judges of functions that read a stream: what the plan finds about a StreamConsumerFunction, whether a mapping of the program's own ends its
 * retries at all, and whether a ShardedStream's plan counts all the functions that share its reads.
 */
import { parseArn } from "../capacity/arns";
import { consumerFunctionProblems } from "../capacity/consumerFunctionArgs";
import { type Finding } from "../capacity/findings";
import { InvalidInputError } from "../capacity/problems";
import { typesOf } from "../capacity/pulumiNames";
import { consumerFunctionDefaults, withoutEnd } from "../capacity/sizing/consumerFunction";
import { type DeclaredConsumerFunction, planDeclaredConsumer } from "../capacity/sizing/consumerFunctionPlan";
import { count, formatNumber } from "../capacity/text";
import { attemptPlan, declaredRequirements } from "./declared";
import { ifShown } from "./hidden";
import { type Judgement, readerMatch, streamsOf } from "./matches";
import { type Match } from "./places";
import {
    andRelease,
    consumerFunctionType,
    eventSourceMappingTypes,
    isOwnStream,
    numberAt,
    type ResourceView,
    Unknown,
    valueAt,
} from "./resources";
import { cannotTell, compliant, NotKnownYet, tell, type Verdict, violation } from "./verdict";

export function judgeConsumerFunction(view: ResourceView): Verdict {
    return view.type === consumerFunctionType ? ifShown(view, () => judgeDeclared(view)) : judgeMapping(view);
}

/** All findings as one message, since each has a cause of its own. */
function judgeDeclared(view: ResourceView): Verdict {
    const findings = findingsOf(view, {});
    if (findings.length === 0) return compliant;
    return { verdict: "violation", message: findings.map(({ message, fix }) => `${message} ${fix}`).join(" ") };
}

/** @throws NotKnownYet where what is declared is not known yet */
function findingsOf(view: ResourceView, made: object): readonly Finding[] {
    const { requirements, unknown } = declaredRequirements(view);
    if (unknown.length > 0) throw new NotKnownYet(unknown);
    const settings = Object.fromEntries(settingNames.map((name) => [name, numberAt(view, name)]));
    const declared = { ...settings, requirements, ...made };
    // A malformed argument ends the program itself.
    if (consumerFunctionProblems(declared).some(({ property }) => !unjudged.includes(property))) return [];
    return planDeclaredConsumer(declared as DeclaredConsumerFunction).findings;
}

/** Required, and of no matter here. */
const unjudged = ["stream", "function"];

const settingNames = [
    "shardCount",
    "retentionHours",
    "processingMillisecondsPerRecord",
    "processingMillisecondsPerBatch",
    "functionTimeoutSeconds",
    "batchSize",
    "parallelizationFactor",
    "maximumRetryAttempts",
    "maximumRecordAgeSeconds",
] as const;

/** The mapping of a StreamConsumerFunction as it is deployed, which a transform may change: it speaks where its component does not. */
function judgeMade(mapping: ResourceView): Verdict {
    const { component } = mapping;
    if (component?.type !== consumerFunctionType) return compliant;
    if (tell(() => judgeConsumerFunction(component)).verdict !== "compliant") return compliant;
    const findings = findingsOf(component, {
        batchSize: numberAt(mapping, "batchSize") ?? consumerFunctionDefaults.batchSize,
        parallelizationFactor: numberAt(mapping, "parallelizationFactor") ?? 1,
        maximumRetryAttempts: numberAt(mapping, "maximumRetryAttempts") ?? withoutEnd,
        maximumRecordAgeSeconds: numberAt(mapping, "maximumRecordAgeInSeconds") ?? withoutEnd,
    });
    if (findings.length === 0) return compliant;
    const kept = andRelease(mapping, [
        "batchSize",
        "parallelizationFactor",
        "maximumRetryAttempts",
        "maximumRecordAgeInSeconds",
    ]);
    return violation(
        findings.map(({ message }) => message).join(" "),
        `Let no transform change the event source mapping${kept}: the StreamConsumerFunction sets what it declares.`,
    );
}

/** A mapping on a stream of Kinesis. */
function judgeMapping(view: ResourceView): Verdict {
    if (typesOf(view.urn).includes(`${consumerFunctionType}$`)) return judgeMade(view);
    const isEndless = (property: string) => (numberAt(view, property) ?? withoutEnd) === withoutEnd;
    // Only streams have a position: the ARN of a queue need not be known.
    if (valueAt(view, "startingPosition") === undefined) return compliant;
    if (!isEndless("maximumRetryAttempts") || !isEndless("maximumRecordAgeInSeconds")) return compliant;
    const source = valueAt(view, "eventSourceArn");
    if (typeof source !== "string" || parseArn(source).service !== "kinesis") return compliant;
    return violation(
        "The event source mapping retries a record that always fails without end, whatever its age: its shard waits until the records behind it are lost, and nobody is told which.",
        `Set maximumRetryAttempts, maximumRecordAgeInSeconds and destinationConfig.onFailure${andRelease(view, ["maximumRetryAttempts", "maximumRecordAgeInSeconds", "destinationConfig"])}, or let a StreamConsumerFunction make the mapping.`,
    );
}

/** The plan of a ShardedStream sees no function; a stack does. */
export function judgeReaders(resources: readonly ResourceView[]): Judgement[] {
    const mappings = resources.filter((one) => eventSourceMappingTypes.includes(one.type) && !isPaused(one));
    return streamsOf(resources).flatMap((stream) => {
        const { component, urn } = stream;
        if (component === undefined || !isOwnStream(stream)) return [];
        const matching = (wanted: Match) =>
            mappings.filter((mapping) => readerMatch(mapping, stream, resources) === wanted);
        const untold = stream.props.arn instanceof Unknown ? "arn" : "eventSourceArn";
        return [{ urn, verdict: tell(() => judgeShared(component, matching("yes"), matching("maybe"), untold)) }];
    });
}

/** A mapping that is switched off reads nothing; it is counted again by the deployment that switches it on. */
function isPaused({ props: { enabled } }: ResourceView): boolean {
    return enabled === false || enabled === "false";
}

function judgeShared(
    component: ResourceView,
    readers: readonly ResourceView[],
    others: readonly ResourceView[],
    untold: string,
): Verdict {
    if (readers.length + others.length === 0) return compliant;
    // Judged only once it is known.
    const said = valueAt(component, "requirements", "sharedConsumers");
    const { requirements, unknown } = declaredRequirements(component);
    const plan = attemptPlan(requirements, unknown);
    // Malformed ones end the program itself.
    if (plan instanceof InvalidInputError) return compliant;
    const { sharedConsumers } = plan.requirements;
    if (readers.length + others.length <= sharedConsumers) return compliant;
    if (readers.length <= sharedConsumers) return cannotTell([untold]);
    const names = readers.map(({ name }) => name).join(", ");
    const says = said === undefined ? "is by default" : "declares";
    return violation(
        `${count(readers.length, "function")} of this stack ${readers.length === 1 ? "shares" : "share"} the reads of the stream (${names}); requirements.sharedConsumers ${says} ${formatNumber(sharedConsumers)}, and the plan makes no room for more.`,
        `Set requirements.sharedConsumers to ${formatNumber(readers.length)} or more, with those that are no functions, or give a function a registered consumer of its own.`,
    );
}
