/** GetMetricData as the SDKs before December 2025 ask for it: a form in, XML out. The sandbox's CloudWatch reads JSON. */
import http from "node:http";
import { text } from "node:stream/consumers";
import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { parseQuery, queryAnswer } from "../../sandbox/wire/query";
import { listen, type Loopback } from "../stream/loopback";

/** What a form carries has the same names, and is text. */
interface Form {
    readonly StartTime: string;
    readonly EndTime: string;
    readonly ScanBy?: "TimestampAscending" | "TimestampDescending";
    readonly NextToken?: string;
    readonly MetricDataQueries: readonly (Omit<MetricDataQuery, "ReturnData"> & { readonly ReturnData?: string })[];
}

export function startFormMetrics(target: CloudWatchClient): Promise<Loopback> {
    const server = http.createServer((request, response) => {
        void text(request)
            .then((body) => answer(target, body))
            .then((xml) => response.writeHead(200, { "content-type": "text/xml" }).end(xml));
    });
    return listen(server);
}

async function answer(target: CloudWatchClient, body: string): Promise<string> {
    const { action, input } = parseQuery(body);
    const form = input as unknown as Form;
    const command = new GetMetricDataCommand({
        StartTime: new Date(form.StartTime),
        EndTime: new Date(form.EndTime),
        ScanBy: form.ScanBy,
        NextToken: form.NextToken,
        MetricDataQueries: form.MetricDataQueries.map(({ MetricStat, ReturnData, ...query }) => ({
            ...query,
            ...(ReturnData === undefined ? {} : { ReturnData: ReturnData === "true" }),
            ...(MetricStat === undefined ? {} : { MetricStat: { ...MetricStat, Period: Number(MetricStat.Period) } }),
        })),
    });
    const { $metadata, ...result } = await target.send(command);
    return queryAnswer(action, result, "http://monitoring.amazonaws.com/doc/2010-08-01/", $metadata.requestId ?? "");
}
