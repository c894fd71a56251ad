package io.holdfast.platform.paging;

import io.holdfast.kernel.Crc32c;
import io.holdfast.platform.rest.Violation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Opaque text of a place in a list. Base64url of: version byte 1, list name, number of key parts (byte), the parts, each
 * text as in {@link DataOutputStream#writeUTF}; then CRC-32C of all of that (4 bytes).
 *
 * <p>The checksum finds cursors that were cut or edited; it is no protection: a cursor gives access to nothing that the
 * list itself would not show.
 */
final class Cursor {
    private static final int VERSION = 1;
    private static final int MAX_TEXT = 2048;

    private Cursor() {}

    static String encode(String list, List<String> key) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeUTF(list);
            out.writeByte(key.size());
            for (String part : key) {
                out.writeUTF(part);
            }
            out.writeInt(Crc32c.of(ByteBuffer.wrap(bytes.toByteArray())));
        } catch (IOException impossible) {
            throw new IllegalStateException("memory takes every byte", impossible);
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    static List<String> decode(String list, int keyParts, String text) {
        if (text.length() <= MAX_TEXT) {
            try {
                byte[] bytes = Base64.getUrlDecoder().decode(text);
                int body = bytes.length - Integer.BYTES;
                if (body > 0 && ByteBuffer.wrap(bytes).getInt(body) == Crc32c.of(ByteBuffer.wrap(bytes, 0, body))) {
                    var in = new DataInputStream(new ByteArrayInputStream(bytes, 0, body));
                    if (in.readUnsignedByte() == VERSION
                            && in.readUTF().equals(list)
                            && in.readUnsignedByte() == keyParts) {
                        var key = new ArrayList<String>(keyParts);
                        for (int i = 0; i < keyParts; i++) {
                            key.add(in.readUTF());
                        }
                        if (in.available() == 0) {
                            return key;
                        }
                    }
                }
            } catch (IllegalArgumentException | IOException malformed) {
                // Falls through to the one error below: how it is malformed is of no use to the caller.
            }
        }
        throw Violation.refuse("cursor", "is not one that this list gave; start again without it");
    }
}
