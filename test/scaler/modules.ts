/** What the scaler's archive may require: what Node.js 20 and Lambda's runtime bring. */
export const archiveModules: readonly string[] = [
    "@aws-sdk/client-cloudwatch",
    "@aws-sdk/client-dynamodb",
    "@aws-sdk/client-kinesis",
    "@aws-sdk/client-sns",
    "node:crypto",
    "node:http",
    "node:https",
];
