package io.holdfast.nbd.tool;

import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.device.FileBlockDevice;
import io.holdfast.nbd.server.NbdServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** Serves one raw file over NBD until killed: {@code ServeFile <file> <port | path of a Unix socket>}. */
public final class ServeFile {
    private ServeFile() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length != 2) {
            System.err.println("usage: ServeFile <file> <port | path of a Unix socket>");
            System.exit(2);
        }
        SocketAddress where = arguments[1].matches("\\d+")
                ? new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[1]))
                : UnixDomainSocketAddress.of(arguments[1]);
        try (FileBlockDevice device = FileBlockDevice.open(Path.of(arguments[0]));
                NbdServer server = new NbdServer(ExportCatalog.single("disk", device))) {
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            System.out.println("serving " + arguments[0] + " on " + server.listen(where));
            new CountDownLatch(1).await();
        }
    }
}
