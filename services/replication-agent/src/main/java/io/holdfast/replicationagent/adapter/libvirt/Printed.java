package io.holdfast.replicationagent.adapter.libvirt;

import io.holdfast.replicationagent.adapter.machine.ConsoleLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Takes what a guest prints out of the file that QEMU or virtlogd appends to, into the machine's console. That file is bounded: by virtlogd where libvirt has one,
 * and begun anew from here when it is long. Threads: one at a time.
 */
final class Printed {
    private static final long LONG_BYTES = 1 << 20;

    private final Path file;
    private final ConsoleLog console;
    private long taken;

    /** Begins with the newest that the file holds: it says all that the console of an agent before could. */
    Printed(DomainFiles files) throws IOException {
        this.file = files.printed();
        Files.deleteIfExists(files.machine().console());
        this.console = new ConsoleLog(files.machine().console());
        this.taken = Files.exists(file) ? Math.max(0, Files.size(file) - ConsoleLog.KEPT) : 0;
    }

    String text() {
        return console.text();
    }

    void takeOver() throws IOException {
        if (Files.notExists(file)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long size = channel.size();
            if (size < taken) {
                // virtlogd has begun another file.
                taken = 0;
            }
            // A guest that prints without end must not keep its machine's thread.
            taken = Math.max(taken, size - ConsoleLog.KEPT);
            byte[] bytes = new byte[Math.toIntExact(size - taken)];
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining() && channel.read(buffer, taken + buffer.position()) > 0) {
                // On to the rest.
            }
            if (bytes.length > 0) {
                console.append(java.util.Arrays.copyOf(bytes, buffer.position()));
                taken += buffer.position();
            }
            if (taken > LONG_BYTES && taken == channel.size()) {
                // Whoever writes it appends. What is printed in between is lost: some bytes of a megabyte.
                channel.truncate(0);
                taken = 0;
            }
        }
    }
}
