/**
 * The rows of alarms about those who read: how far they are behind, and whether they are still there. Records are lost here in practice,
 * and a reader that died publishes nothing that would tell.
 */
import { limits } from "../limits";
import { dimensionsOf } from "../metrics";
import { count } from "../text";
import {
    ageThreshold,
    type AlarmRow,
    duration,
    exceeded,
    howLong,
    kinesis,
    ofStream,
    secondsPerHour,
    silence,
    type StreamFacts,
    type WatchedMetric,
} from "./alarmRow";
import { unreadQueries } from "./queries";

type ReaderAlarmName = "iteratorAge" | "consumerSilent" | "fanOutLag" | "fanOutSilent";

const lost = ({ retentionHours }: Partial<StreamFacts>) =>
    `records are lost after ${retentionHours === undefined ? "the retention time" : count(retentionHours, "hour")}`;

const raiseRetention = "if that takes longer than is left, raise retentionHours first.";

const lag = ageThreshold({
    defaultFrom: "retentionHours",
    default: (facts) => ((facts.retentionHours ?? limits.retentionHoursDefault) * secondsPerHour) / 2,
});

/** How both kinds of readers fall silent. Shorter, and a reader that is deployed anew would be told of; longer, and time to act is lost. */
const silent = {
    watches: <Name>(stream: Name, { consumer }: Partial<StreamFacts>, periodSeconds: number) =>
        unreadQueries(stream, consumer, periodSeconds),
    ...silence,
} as const;

const [streamName, consumerName] = dimensionsOf.consumer;

const ofConsumer: WatchedMetric["dimensions"] = {
    [streamName]: ofStream.StreamName!,
    [consumerName]: (_, { consumer = "" }) => consumer,
};

export const readerAlarmRows: Readonly<Record<ReaderAlarmName, AlarmRow<ReaderAlarmName>>> = {
    iteratorAge: {
        suffix: "IteratorAge",
        needs: ["retentionHours"],
        watches: kinesis("GetRecords.IteratorAgeMilliseconds"),
        ...exceeded,
        // Without data points nobody reads. What was true last stays: that somebody once read is how consumerSilent knows the dead.
        treatMissingData: "ignore",
        threshold: lag,
        describe: (stream, seconds, facts) =>
            `The slowest consumer of ${stream} is more than ${duration(seconds)} behind; ${lost(facts)}. ` +
            `Repair or scale the consumer; ${raiseRetention}`,
    },
    consumerSilent: {
        suffix: "ConsumerSilent",
        needs: ["retentionHours"],
        ...silent,
        onlyAfter: {
            alarm: "iteratorAge",
            suffix: "Unread",
            describe: (stream) =>
                `Records come in to ${stream}, and nobody gets them with GetRecords. This alarm has no action: ` +
                `ConsumerSilent tells it where somebody had read before.`,
        },
        describe: (stream, _, facts, window) =>
            `Nobody has read ${stream} with GetRecords ${howLong(window, "for more than")}, and records come in: its consumer has died, or every call fails. ` +
            `Unread ${lost(facts)}. Start it again, and it reads on from its checkpoint; ${raiseRetention} ` +
            "If nobody is to read it so any more, set its alarm IteratorAge to INSUFFICIENT_DATA (aws cloudwatch set-alarm-state): then the consumer is forgotten.",
    },
    fanOutLag: {
        suffix: "Lag",
        needs: ["consumer", "retentionHours"],
        watches: { ...kinesis("SubscribeToShardEvent.MillisBehindLatest"), dimensions: ofConsumer },
        ...exceeded,
        treatMissingData: "ignore",
        threshold: lag,
        describe: (stream, seconds, facts) =>
            `The fan-out consumer ${facts.consumer} of ${stream} is more than ${duration(seconds)} behind; ${lost(facts)}. ` +
            `Repair or scale the consumer; ${raiseRetention}`,
    },
    fanOutSilent: {
        suffix: "Silent",
        needs: ["consumer", "retentionHours"],
        ...silent,
        onlyAfter: {
            alarm: "fanOutLag",
            suffix: "Unread",
            describe: (stream, { consumer }) =>
                `Records come in to ${stream}, and its fan-out consumer ${consumer} gets none. This alarm has no action: ` +
                `the consumer's alarm Silent tells it where it had read before.`,
        },
        describe: (stream, _, facts, window) =>
            `The fan-out consumer ${facts.consumer} of ${stream} has been sent nothing ${howLong(window, "for more than")}, and records come in: it has died, or cannot subscribe. ` +
            `Unread ${lost(facts)}. Start it again, and it reads on from its checkpoint; ${raiseRetention} ` +
            `If it is not to read any more, remove it from consumers and deploy.`,
    },
};
