package io.holdfast.replicationagent.adapter.qmp;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Lines of bytes from a channel, each of a bounded length. One thread. */
final class LineInlet {
    private final ReadableByteChannel channel;
    private final int limitBytes;
    private final ByteBuffer chunk = ByteBuffer.allocate(16 << 10).flip();

    LineInlet(ReadableByteChannel channel, int limitBytes) {
        this.channel = channel;
        this.limitBytes = limitBytes;
    }

    /**
     * The next line that is not blank, without its end.
     *
     * @throws EOFException at the end; bytes behind the last line end are no line
     * @throws QmpException {@code PROTOCOL} when it is longer than allowed
     */
    byte[] next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            while (chunk.hasRemaining()) {
                byte each = chunk.get();
                if (each == '\n') {
                    if (line.size() > 0) {
                        return line.toByteArray();
                    }
                } else if (each != '\r') {
                    if (line.size() == limitBytes) {
                        throw new QmpException(
                                QmpException.Kind.PROTOCOL, "a message is longer than " + limitBytes + " bytes");
                    }
                    line.write(each);
                }
            }
            chunk.clear();
            if (channel.read(chunk) < 0) {
                chunk.flip();
                throw new EOFException("the peer closed the connection");
            }
            chunk.flip();
        }
    }
}
