/**
 * Who calls with temporary credentials: each key that the sandbox gave out belongs to a session of a role.
 */
import { randomBytes } from "node:crypto";

export interface Session {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
    readonly roleName: string;
    /** `arn:aws:sts::123456789012:assumed-role/ROLE/SESSION` */
    readonly arn: string;
    readonly userId: string;
}

export class Sessions {
    private readonly byAccessKeyId = new Map<string, Session>();

    find(accessKeyId: string): Session | undefined {
        return this.byAccessKeyId.get(accessKeyId);
    }

    open(role: { name: string; id: string; partition: string; accountId: string }, sessionName: string): Session {
        const accessKeyId = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
        const session: Session = {
            accessKeyId,
            secretAccessKey: randomBytes(20).toString("hex"),
            sessionToken: randomBytes(24).toString("base64url"),
            roleName: role.name,
            arn: `arn:${role.partition}:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`,
            userId: `${role.id}:${sessionName}`,
        };
        this.byAccessKeyId.set(accessKeyId, session);
        return session;
    }

    close(accessKeyId: string): void {
        this.byAccessKeyId.delete(accessKeyId);
    }
}
