/**
 * The local DynamoDB: dynalite, in memory, behind the sandbox's door; with the few operations that it lacks and tables are declared with.
 */
import dynalite from "dynalite";

import { type Ambient, type Service } from "../service";
import { operation, type OperationRow, operationsOf } from "../wire/operation";
import { accessOf, hashKeyOf } from "./access";
import { type Account, call } from "./state";
import * as tables from "./tables";

export interface DynamoService extends Service {
    /** The hash key's name of a table; undefined if there is no such table. */
    hashKeyOf(tableName: string): Promise<string | undefined>;
    /** Runs an operation of dynalite without HTTP. @throws AwsError */
    call(operation: string, input: unknown): Promise<Record<string, unknown>>;
}

/** A table is there in a moment; dynalite answers as DynamoDB does while it is not. */
const tableChangeMs = 5;

export function dynamoService(ambient: Ambient): DynamoService {
    const server = dynalite({
        createTableMs: tableChangeMs,
        deleteTableMs: tableChangeMs,
        updateTableMs: tableChangeMs,
    });
    const account: Account = { ambient, server, settings: new Map() };
    return {
        name: "dynamodb",
        targetPrefix: "DynamoDB_20120810",
        operations: operationsOf(steps, account, ambient.clock),
        accessOf: (name, input) => accessOf(account, name, input),
        call: (name, input) => call(account, name, input),
        hashKeyOf: (table) => hashKeyOf(account, table),
    };
}

/** Each operation: dynalite's, or a step from the account's state and a request to an answer. */
const steps = {
    BatchGetItem: dynalites("BatchGetItem"),
    BatchWriteItem: dynalites("BatchWriteItem"),
    CreateTable: dynalites("CreateTable"),
    DeleteItem: dynalites("DeleteItem"),
    DeleteTable: tables.deleteTable,
    DescribeContinuousBackups: tables.describeContinuousBackups,
    DescribeTable: dynalites("DescribeTable"),
    DescribeTimeToLive: tables.describeTimeToLive,
    GetItem: dynalites("GetItem"),
    ListTables: dynalites("ListTables"),
    ListTagsOfResource: dynalites("ListTagsOfResource"),
    PutItem: dynalites("PutItem"),
    Query: dynalites("Query"),
    Scan: dynalites("Scan"),
    TagResource: dynalites("TagResource"),
    UntagResource: dynalites("UntagResource"),
    UpdateContinuousBackups: tables.updateContinuousBackups,
    UpdateItem: dynalites("UpdateItem"),
    UpdateTable: dynalites("UpdateTable"),
    UpdateTimeToLive: tables.updateTimeToLive,
};

function dynalites(name: string): OperationRow<Account> {
    return operation({}, (account: Account, input) => call(account, name, input));
}
