package io.holdfast.replicationagent.machine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Writes a picture as PNG (ISO/IEC 15948, clauses 5 and 11): eight bits for each of three channels, rows without a filter, as displays of text are flat. */
final class Png {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int HEADER_BYTES = 13;
    private static final byte[] RGB_OF_EIGHT_BITS = {8, 2, 0, 0, 0};

    private Png() {}

    static boolean is(byte[] data) {
        return data.length > SIGNATURE.length
                && Arrays.equals(data, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length);
    }

    static byte[] of(Pixmap picture) {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.writeBytes(SIGNATURE);
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES)
                .putInt(picture.width())
                .putInt(picture.height())
                .put(RGB_OF_EIGHT_BITS);
        chunk(png, "IHDR", header.array());
        chunk(png, "IDAT", packed(picture));
        chunk(png, "IEND", new byte[0]);
        return png.toByteArray();
    }

    private static byte[] packed(Pixmap picture) {
        int row = picture.width() * Pixmap.CHANNELS;
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        try (DeflaterOutputStream deflating = new DeflaterOutputStream(packed, deflater)) {
            for (int from = 0; from < picture.rgb().length; from += row) {
                deflating.write(0);
                deflating.write(picture.rgb(), from, row);
            }
        } catch (IOException impossible) {
            throw new AssertionError("memory does not fail", impossible);
        } finally {
            deflater.end();
        }
        return packed.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream png, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.ISO_8859_1);
        CRC32 sum = new CRC32();
        sum.update(name);
        sum.update(data);
        png.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        png.writeBytes(name);
        png.writeBytes(data);
        png.writeBytes(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
    }
}
