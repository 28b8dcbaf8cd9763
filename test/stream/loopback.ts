/** Servers of tests on the loopback, which end with every connection that they have. */
import net from "node:net";

export interface Loopback {
    readonly endpoint: string;
    /** Connections that were opened so far. */
    connections(): number;
    stop(): Promise<void>;
}

export async function listen(server: net.Server): Promise<Loopback> {
    const open = new Set<net.Socket>();
    let opened = 0;
    server.on("connection", (socket: net.Socket) => {
        opened += 1;
        open.add(socket);
        socket.on("close", () => open.delete(socket)).on("error", () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        endpoint: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
        connections: () => opened,
        async stop() {
            for (const socket of open) socket.destroy();
            await new Promise((resolve) => server.close(resolve));
        },
    };
}

export interface SilentProxy extends Loopback {
    /** From now on all connections that are open take what is written to them and answer nothing, as when a firewall has forgotten them. */
    silence(): void;
}

/** A proxy before an endpoint, below HTTP. */
export async function startSilentProxy(target: string): Promise<SilentProxy> {
    const pairs = new Set<readonly [client: net.Socket, server: net.Socket]>();
    const silence = ([client, server]: readonly [net.Socket, net.Socket]): void => {
        client.unpipe(server).resume();
        server.destroy();
    };
    const proxy = net.createServer((client) => {
        const server = net.connect(Number(new URL(target).port), "127.0.0.1").on("error", () => client.destroy());
        const pair = [client, server] as const;
        pairs.add(pair);
        client.pipe(server);
        server.on("data", (data) => client.write(data));
        client.on("close", () => {
            pairs.delete(pair);
            server.destroy();
        });
    });
    return {
        ...(await listen(proxy)),
        silence: () => pairs.forEach(silence),
    };
}
