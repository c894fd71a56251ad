package io.holdfast.replicationagent.adapter.libvirt;

import io.holdfast.replicationagent.machine.Screenshot;
import java.io.ByteArrayOutputStream;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.libvirt.Stream;

/** Pictures of what domains show, over a stream of libvirt's. */
final class Displays {
    private static final int READ_BYTES = 64 << 10;

    private Displays() {}

    /** Of its first display, in whichever format this libvirt has; cut at {@link Screenshot#MAX_DISPLAY_BYTES}. */
    static byte[] take(Domain domain) throws LibvirtException {
        Stream stream = domain.getConnect().streamNew(0);
        try {
            domain.screenshot(stream, 0);
            ByteArrayOutputStream picture = new ByteArrayOutputStream();
            byte[] part = new byte[READ_BYTES];
            int read = stream.receive(part);
            while (read > 0 && picture.size() < Screenshot.MAX_DISPLAY_BYTES) {
                picture.write(part, 0, read);
                read = stream.receive(part);
            }
            if (read > 0) {
                stream.abort();
            } else {
                stream.finish();
            }
            return picture.toByteArray();
        } finally {
            stream.free();
        }
    }
}
