package io.holdfast.testkit.guest;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/** Where a guest's disk comes from. The guest sees the first as {@code /dev/vda}, mounted at {@code /disks/a}. */
public sealed interface GuestDisk {
    /** Of QEMU's block layer; for taps and bitmaps. */
    String nodeName();

    /** An image file of this host. {@code format} as qemu-img names it. */
    record ImageFile(String nodeName, Path path, String format) implements GuestDisk {}

    /**
     * An export of an NBD server on the loopback. A server that goes away stalls the guest's requests until it is back, for five minutes at most.
     */
    record NbdTcp(String nodeName, InetSocketAddress server, String export) implements GuestDisk {}

    /** An export of an NBD server behind a Unix socket; else as {@link NbdTcp}. */
    record NbdUnix(String nodeName, Path socket, String export) implements GuestDisk {}

    /** As QEMU's {@code -blockdev} takes it. */
    default String blockdev() {
        return switch (this) {
            case ImageFile(String node, Path path, String format) ->
                "driver=%s,node-name=%s,file.driver=file,file.filename=%s"
                        .formatted(format, node, escape(path.toString()));
            case NbdTcp(String node, InetSocketAddress server, String export) ->
                "driver=nbd,node-name=%s,server.type=inet,server.host=%s,server.port=%d,export=%s,reconnect-delay=300"
                        .formatted(node, server.getHostString(), server.getPort(), escape(export));
            case NbdUnix(String node, Path socket, String export) ->
                "driver=nbd,node-name=%s,server.type=unix,server.path=%s,export=%s,reconnect-delay=300"
                        .formatted(node, escape(socket.toString()), escape(export));
        };
    }

    private static String escape(String value) {
        return value.replace(",", ",,");
    }
}
