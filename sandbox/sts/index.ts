/**
 * The local STS: who am I.
 */
import { type Sessions } from "../iam/index";
import { type Ambient, arnOf, type Service } from "../service";
import { operation, operationsOf } from "../wire/operation";

interface Account {
    readonly ambient: Ambient;
    readonly sessions: Sessions;
}

export function stsService(ambient: Ambient, sessions: Sessions): Service {
    const account = { ambient, sessions };
    return {
        name: "sts",
        xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
        operations: operationsOf({ GetCallerIdentity: getCallerIdentity }, account),
        // Nobody can be denied to ask who he is.
        accessOf: () => [],
    };
}

const getCallerIdentity = operation({}, ({ ambient, sessions }: Account, _input, _nowMs, { accessKeyId }) => {
    const session = sessions.find(accessKeyId);
    return {
        Arn: session?.arn ?? arnOf(ambient, "iam", "user/sandbox"),
        UserId: session?.userId ?? "AIDASANDBOX0000000000",
        Account: ambient.accountId,
    };
});
