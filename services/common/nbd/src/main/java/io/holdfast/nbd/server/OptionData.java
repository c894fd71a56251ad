package io.holdfast.nbd.server;

import io.holdfast.nbd.wire.Handshaking;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Decodes the data of options. Whatever a client sends, the outcome is a value or {@link MalformedOptionException}. */
final class OptionData {
    private static final int INFO_REQUEST_LIMIT = 1024;
    private static final int QUERY_LIMIT = 128;

    private OptionData() {}

    /** The data of an option is not what the option wants; the message says where. */
    static final class MalformedOptionException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedOptionException(String message) {
            super(message, null, false, false);
        }
    }

    /** INFO and GO: u32 name length | name | u16 count | u16 information types. */
    record InfoQuery(String name, List<Integer> wanted) {}

    /** LIST and SET_META_CONTEXT: u32 name length | name | u32 count | (u32 length | query)*. */
    record ContextQuery(String name, List<String> queries) {}

    static InfoQuery infoQuery(ByteBuffer data) throws MalformedOptionException {
        try {
            String name = string(data, "the export name");
            int count = data.getShort() & 0xffff;
            if (count > INFO_REQUEST_LIMIT) {
                throw new MalformedOptionException("more than " + INFO_REQUEST_LIMIT + " information requests");
            }
            List<Integer> wanted = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                wanted.add(data.getShort() & 0xffff);
            }
            end(data);
            return new InfoQuery(name, wanted);
        } catch (BufferUnderflowException e) {
            throw new MalformedOptionException("the option data is too short");
        }
    }

    static ContextQuery contextQuery(ByteBuffer data) throws MalformedOptionException {
        try {
            String name = string(data, "the export name");
            int count = data.getInt();
            if (count < 0 || count > QUERY_LIMIT) {
                throw new MalformedOptionException("more than " + QUERY_LIMIT + " meta context queries");
            }
            List<String> queries = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                queries.add(string(data, "a meta context query"));
            }
            end(data);
            return new ContextQuery(name, queries);
        } catch (BufferUnderflowException e) {
            throw new MalformedOptionException("the option data is too short");
        }
    }

    /** EXPORT_NAME: all of the data is the name. */
    static String exportName(ByteBuffer data) throws MalformedOptionException {
        return text(data, data.remaining(), "the export name");
    }

    static void empty(ByteBuffer data) throws MalformedOptionException {
        end(data);
    }

    private static void end(ByteBuffer data) throws MalformedOptionException {
        if (data.hasRemaining()) {
            throw new MalformedOptionException(data.remaining() + " unexpected bytes at the end of the option data");
        }
    }

    private static String string(ByteBuffer data, String what) throws MalformedOptionException {
        return text(data, data.getInt(), what);
    }

    private static String text(ByteBuffer data, int length, String what) throws MalformedOptionException {
        if (length < 0 || length > Handshaking.NAME_LIMIT_BYTES) {
            throw new MalformedOptionException(what + " is longer than " + Handshaking.NAME_LIMIT_BYTES + " bytes");
        }
        if (length > data.remaining()) {
            throw new MalformedOptionException(what + " is longer than the option data");
        }
        ByteBuffer bytes = data.slice(data.position(), length);
        data.position(data.position() + length);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            if (text.indexOf('\0') >= 0) {
                throw new MalformedOptionException(what + " contains a NUL");
            }
            return text;
        } catch (CharacterCodingException e) {
            throw new MalformedOptionException(what + " is not UTF-8");
        }
    }
}
