/**
 * The scaler's topic in SNS. The client is in Lambda's runtime and in nobody's installation of this package; it is loaded with the first
 * message, since most functions have nothing to say.
 */
import { type SNSClient } from "@aws-sdk/client-sns";
import { newClient } from "../stream/connection";
import { type TopicPort } from "./notify";

/** Topics by their ARNs, over one client. */
export function snsTopics(): (topicArn: string) => TopicPort {
    let client: SNSClient | undefined;
    return (topicArn) => async (message) => {
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const sns = require("@aws-sdk/client-sns") as typeof import("@aws-sdk/client-sns");
        client ??= newClient(sns.SNSClient);
        const { subject: Subject, body: Message } = message;
        await client.send(new sns.PublishCommand({ TopicArn: topicArn, Subject, Message }));
    };
}
