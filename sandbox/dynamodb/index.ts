/**
 * The local DynamoDB: dynalite, in memory, behind the sandbox's door; with the few operations that it lacks and tables are declared with.
 */
import dynalite from "dynalite";

import { type Ambient, type Service } from "../service";
import { operation, operationsOf, type OperationTable } from "../wire/operation";
import { accessOf, hashKeyOf } from "./access";
import { updateTable } from "./indexes";
import { writeOfItem } from "./items";
import { type Account, call } from "./state";
import * as tables from "./tables";

export interface DynamoService extends Service {
    /** The hash key's name of a table; undefined if there is no such table. */
    hashKeyOf(tableName: string): Promise<string | undefined>;
    /** Runs an operation of dynalite without HTTP. @throws AwsError */
    call(operation: string, input: unknown): Promise<Record<string, unknown>>;
}

/** A table is there in a moment; dynalite answers as DynamoDB does while it is not. */
const durations = { createTableMs: 5, deleteTableMs: 5, updateTableMs: 5 };

export function dynamoService(ambient: Ambient): DynamoService {
    const account: Account = {
        ambient,
        server: dynalite(durations),
        settings: new Map(),
        underWay: new Set(),
        rebuilding: undefined,
    };
    return {
        name: "dynamodb",
        targetPrefix: "DynamoDB_20120810",
        answersWithChecksum: true,
        operations: operationsOf(table, account),
        accessOf: (name, input) => accessOf(account, name, input),
        call: (name, input) => call(account, name, input),
        hashKeyOf: (table) => hashKeyOf(account, table),
    };
}

/** Each operation is dynalite's, or one that it lacks. */
const table: OperationTable<Account> = {
    ...dynalites("BatchGetItem", "BatchWriteItem", "GetItem", "Query", "Scan"),
    ...dynalites("DescribeTable", "ListTables"),
    ...dynalites("ListTagsOfResource", "UntagResource"),
    CreateTable: tables.createTable,
    DeleteItem: writeOfItem("DeleteItem"),
    DeleteTable: tables.deleteTable,
    DescribeContinuousBackups: tables.describeContinuousBackups,
    DescribeTimeToLive: tables.describeTimeToLive,
    PutItem: writeOfItem("PutItem"),
    TagResource: tables.tagResource,
    UpdateContinuousBackups: tables.updateContinuousBackups,
    UpdateItem: writeOfItem("UpdateItem"),
    UpdateTable: updateTable,
    UpdateTimeToLive: tables.updateTimeToLive,
};

function dynalites(...names: string[]): OperationTable<Account> {
    const step = (name: string) => operation({}, (account: Account, input) => call(account, name, input));
    return Object.fromEntries(names.map((name) => [name, step(name)]));
}
