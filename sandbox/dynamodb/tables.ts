/**
 * What dynalite lacks and tables are declared with. Items do not expire: a table only remembers that they should.
 */
import { operation } from "../wire/operation";
import { boolean, required, structure, text } from "../wire/shape";
import { type Account, call, type TableSettings } from "./state";

/** dynalite checks it, in DynamoDB's words. */
const TableName = text();
const TimeToLiveSpecification = structure({ Enabled: required(boolean), AttributeName: required(text(1, 255)) });
const PointInTimeRecoverySpecification = structure({ PointInTimeRecoveryEnabled: required(boolean) });

export const deleteTable = operation({ TableName }, async (account: Account, input) => {
    const answer = await call(account, "DeleteTable", input);
    account.settings.delete(input.TableName!);
    return answer;
});

export const updateTimeToLive = operation(
    { TableName, TimeToLiveSpecification: required(TimeToLiveSpecification) },
    async (account: Account, input) => {
        (await settingsOf(account, input.TableName)).timeToLive = input.TimeToLiveSpecification;
        return { TimeToLiveSpecification: input.TimeToLiveSpecification };
    },
);

export const describeTimeToLive = operation({ TableName }, async (account: Account, input) => {
    const { timeToLive } = await settingsOf(account, input.TableName);
    return {
        TimeToLiveDescription: timeToLive?.Enabled
            ? { TimeToLiveStatus: "ENABLED", AttributeName: timeToLive.AttributeName }
            : { TimeToLiveStatus: "DISABLED" },
    };
});

export const updateContinuousBackups = operation(
    { TableName, PointInTimeRecoverySpecification: required(PointInTimeRecoverySpecification) },
    async (account: Account, input) => {
        const settings = await settingsOf(account, input.TableName);
        settings.pointInTimeRecovery = input.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled;
        return backupsOf(settings);
    },
);

export const describeContinuousBackups = operation({ TableName }, async (account: Account, input) =>
    backupsOf(await settingsOf(account, input.TableName)),
);

/** Those of a table that is there. @throws AwsError */
async function settingsOf(account: Account, table: string | undefined): Promise<TableSettings> {
    await call(account, "DescribeTable", { TableName: table });
    const settings = account.settings.get(table!) ?? {};
    account.settings.set(table!, settings);
    return settings;
}

function backupsOf({ pointInTimeRecovery }: TableSettings): object {
    return {
        ContinuousBackupsDescription: {
            ContinuousBackupsStatus: "ENABLED",
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: pointInTimeRecovery ? "ENABLED" : "DISABLED" },
        },
    };
}
